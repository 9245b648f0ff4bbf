/** Requests that are no queries (RFC 1035 §4.1.1, RFC 8906 §8.1.4). */
import type { Behaviour } from '../lib/behaviour.ts'
import { headerText, overTcp, overUdp, query, wwwA } from '../lib/raw.ts'

const apexSoa = '"plain.test." 0006 0001'
const withOpcode =
  (opcode: number, rest = wwwA) =>
  async (server: Parameters<typeof overUdp>[0]) =>
    headerText(await overUdp(server, query(rest, { flags: (opcode << 11).toString(16).padStart(4, '0') })))

/** The RCODE with the upper bits that an OPT behind the bare header gives it; `no OPT` where there is none. */
const withOpt =
  (opcode: number, version = 0, rest = wwwA) =>
  async (server: Parameters<typeof overUdp>[0]) => {
    const flags = (opcode << 11).toString(16).padStart(4, '0')
    const opt = `00 0029 04d0 00 0${version} 0000 0000`
    const response = await overUdp(server, query(`${rest} ${opt}`, { flags, counts: '0001 0000 0000 0001' }))
    const at = response?.indexOf(Buffer.from('000029', 'hex')) ?? -1
    return at < 0 ? 'no OPT' : (response![at + 5]! << 4) | (response![3]! & 0xf)
  }

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
    {
      name: 'NOTIMP with an OPT where the request has one (RFC 6891 §6.1.1)',
      observe: withOpt(2),
      want: 4,
      differs: { nsd: 'sends no OPT' },
    },
    {
      name: 'a NOTIFY with an OPT gets one, too',
      observe: async (server) => (await withOpt(4, 0, apexSoa)(server)) !== 'no OPT',
      want: true,
      differs: { nsd: 'sends no OPT' },
    },
    {
      name: 'BADVERS comes before the opcode (RFC 6891 §6.1.3)',
      observe: withOpt(2, 1),
      want: 16,
      differs: { nsd: 'sends no OPT' },
    },
  ],
}
