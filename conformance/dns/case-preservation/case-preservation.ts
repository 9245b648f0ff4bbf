/** The case a client writes comes back (RFC 4343, and what resolvers hide in it against forgery). */
import type { Address } from '@zonecast/dns-net'
import type { Behaviour } from '../lib/behaviour.ts'
import { octets, overTcp, overUdp, query } from '../lib/raw.ts'

const name = 'wWw.PlAiN.tEsT.'
const asked = query(`"${name}" 0001 0001`)

/** The question's octets of the response, compared with those of the query. */
const comesBack =
  (send: (server: Address, bytes: Uint8Array) => Promise<Buffer | undefined>, bytes: Buffer) => async (server: Address) => {
    const response = await send(server, bytes)
    return response?.subarray(12, bytes.length).equals(bytes.subarray(12)) ?? 'nothing'
  }

export const behaviour: Behaviour = {
  title: 'the case of names',
  observations: [
    { name: 'in the question of an answer', observe: comesBack(overUdp, asked), want: true },
    { name: 'over TCP', observe: comesBack(overTcp, asked), want: true },
    { name: 'of NXDOMAIN', observe: comesBack(overUdp, query('"NoThInG.pLaIn.TeSt." 0001 0001')), want: true },
    { name: 'of a referral', observe: comesBack(overUdp, query('"X.cUt.pLaIn.TeSt." 0001 0001')), want: true },
    { name: 'of REFUSED', observe: comesBack(overUdp, query('"wWw.ElSeWhErE.eXaMpLe." 0001 0001')), want: true },
    {
      name: 'the owner of an answer points to the question',
      observe: async (server) => {
        const response = await overUdp(server, asked)
        return response?.subarray(asked.length, asked.length + 2).toString('hex')
      },
      want: 'c00c',
      differs: { bind: 'writes the name as it is stored' },
    },
    {
      name: 'a name with octets that are no letters',
      observe: comesBack(overUdp, octets('1234 0000 0001 0000 0000 0000 02 c3a4 05 706c61696e 04 74657374 00 0001 0001')),
      want: true,
    },
  ],
}
