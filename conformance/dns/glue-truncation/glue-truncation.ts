/** Glue that a referral cannot do without (RFC 9471 §3.1). */
import type { Address } from '@zonecast/dns-net'
import { parseMessage } from '@zonecast/dns'
import type { Behaviour } from '../lib/behaviour.ts'
import { overTcp, overUdp, query } from '../lib/raw.ts'

const asked = query('"x.big-cut.plain.test." 0001 0001')
const counts = (send: typeof overUdp) => async (server: Address) => {
  const { tc, authorities, additionals } = parseMessage((await send(server, asked))!)
  return { tc, servers: authorities.length, addresses: additionals.length }
}
const small = query('"x.cut.plain.test." 0001 0001')

export const behaviour: Behaviour = {
  title: 'glue that does not fit',
  observations: [
    {
      name: 'thirteen servers with two addresses each do not fit into 512 octets: TC',
      observe: async (server) => parseMessage((await overUdp(server, asked))!).tc,
      want: true,
      differs: { bind: 'is content with the glue that fits', nsd: 'is content with the glue that fits' },
    },
    { name: 'over TCP they are all there', observe: counts(overTcp), want: { tc: false, servers: 13, addresses: 26 } },
    {
      name: 'what fits is not truncated',
      observe: async (server) => parseMessage((await overUdp(server, small))!).tc,
      want: false,
    },
  ],
}
