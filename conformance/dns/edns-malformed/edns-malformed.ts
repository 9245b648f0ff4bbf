/** OPT records that are not as they should be (RFC 6891 §6.1). */
import type { Behaviour } from '../lib/behaviour.ts'
import { headerText, overTcp, overUdp, query, wwwA } from '../lib/raw.ts'

const opt = '00 0029 04d0 00000000 0000'
const counts = '0001 0000 0000 0001'
const two = '0001 0000 0000 0002'
const ask =
  (rest: string, count = counts) =>
  async (server: Parameters<typeof overUdp>[0]) =>
    headerText(await overUdp(server, query(`${wwwA} ${rest}`, { counts: count })))

export const behaviour: Behaviour = {
  title: 'malformed EDNS',
  observations: [
    { name: 'two OPTs are FORMERR (§6.1.1)', observe: ask(`${opt} ${opt}`, two), want: 'FORMERR qr' },
    {
      name: 'an owner other than the root is FORMERR (§6.1.2)',
      observe: ask(opt.replace('00', '0161 00')),
      want: 'FORMERR qr',
      differs: { knot: 'takes it for OPT' },
    },
    { name: 'an option that runs past the end', observe: ask('00 0029 04d0 00000000 0004 0064 0008'), want: 'FORMERR qr' },
    { name: 'RDATA that runs past the end', observe: ask('00 0029 04d0 00000000 0010'), want: 'FORMERR qr' },
    { name: 'OPT in the answer section', observe: ask(opt, '0001 0001 0000 0000'), want: 'FORMERR qr' },
    { name: 'OPT cut short', observe: ask('00 0029 04d0 0000'), want: 'FORMERR qr' },
    {
      name: 'a client subnet is an option that is not offered here, so a malformed one is ignored, too (RFC 7871 §7.1.2)',
      observe: ask('00 0029 04d0 00000000 0007 0008 0003 000118'),
      want: 'NOERROR qr aa',
      differs: { bind: 'FORMERR; Knot too where it is told to use client subnets' },
    },
    {
      name: 'over TCP as over UDP',
      observe: async (server) => headerText(await overTcp(server, query(`${wwwA} ${opt} ${opt}`, { counts: two }))),
      want: 'FORMERR qr',
    },
  ],
}
