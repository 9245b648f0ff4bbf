/** Requests that are no queries (RFC 1035 §4.1.1, RFC 8906 §8.1.4). */
import type { Behaviour } from '../lib/behaviour.ts'
import { headerText, overTcp, overUdp, query, wwwA } from '../lib/raw.ts'

const apexSoa = '"plain.test." 0006 0001'
const withOpcode =
  (opcode: number, rest = wwwA) =>
  async (server: Parameters<typeof overUdp>[0]) =>
    headerText(await overUdp(server, query(rest, { flags: (opcode << 11).toString(16).padStart(4, '0') })))

export const behaviour: Behaviour = {
  title: 'opcodes',
  observations: [
    { name: 'IQUERY is NOTIMP (RFC 3425)', observe: withOpcode(1), want: 'NOTIMP qr' },
    { name: 'STATUS is NOTIMP', observe: withOpcode(2), want: 'NOTIMP qr' },
    { name: 'opcode 3 is NOTIMP', observe: withOpcode(3), want: 'NOTIMP qr' },
    {
      name: 'NOTIFY is REFUSED: an edge has no primaries',
      observe: withOpcode(4, apexSoa),
      want: 'REFUSED qr',
      differs: { bind: 'takes it', knot: 'NOTAUTH' },
    },
    {
      name: 'UPDATE is NOTIMP',
      observe: withOpcode(5, apexSoa),
      want: 'NOTIMP qr',
      differs: { bind: 'REFUSED', knot: 'NOTAUTH' },
    },
    {
      name: 'DSO is NOTIMP (RFC 8490)',
      observe: async (server) => headerText(await overTcp(server, query('', { flags: '3000', counts: '0000 0000 0000 0000' }))),
      want: 'NOTIMP qr',
      differs: { nsd: 'closes the connection' },
    },
    { name: 'opcode 15 is NOTIMP (RFC 8906 §8.1.4)', observe: withOpcode(15), want: 'NOTIMP qr' },
    {
      name: 'opcode 15 without a question',
      observe: async (server) => headerText(await overUdp(server, query('', { flags: '7800', counts: '0000 0000 0000 0000' }))),
      want: 'NOTIMP qr',
    },
  ],
}
