/** Octets that are no query. */
import type { Behaviour } from '../lib/behaviour.ts'
import { headerText, overTcp, overUdp, query, wwwA } from '../lib/raw.ts'

const udp = (bytes: Uint8Array) => async (server: Parameters<typeof overUdp>[0]) => headerText(await overUdp(server, bytes))
const none = '0000 0000 0000 0000'

const knot = 'is silent'

export const behaviour: Behaviour = {
  title: 'malformed queries',
  observations: [
    { name: 'less than a header gets nothing', observe: udp(query(wwwA).subarray(0, 11)), want: 'nothing' },
    { name: 'an empty datagram gets nothing', observe: udp(new Uint8Array(0)), want: 'nothing' },
    { name: 'a header alone is FORMERR', observe: udp(query('', { counts: none })), want: 'FORMERR qr' },
    { name: 'a question that is promised and missing', observe: udp(query('')), want: 'FORMERR qr', differs: { knot } },
    { name: 'a question cut short', observe: udp(query(wwwA).subarray(0, 20)), want: 'FORMERR qr', differs: { knot } },
    {
      name: 'two questions (RFC 9619)',
      observe: udp(query(`${wwwA} ${wwwA}`, { counts: '0002 0000 0000 0000' })),
      want: 'FORMERR qr',
      differs: { knot },
    },
    {
      name: 'octets after the end are not looked at',
      observe: udp(query(`${wwwA} 00010203`)),
      want: 'NOERROR qr aa',
      differs: { knot },
    },
    { name: 'a name that points to itself', observe: udp(query('c00c 0001 0001')), want: 'FORMERR qr', differs: { knot } },
    { name: 'a name that points forward', observe: udp(query('0177 c010 0001 0001')), want: 'FORMERR qr', differs: { knot } },
    { name: 'a name that points into the header', observe: udp(query('c000 0001 0001')), want: 'FORMERR qr', differs: { knot } },
    { name: 'a label of a type that there is not', observe: udp(query('40 0001 0001')), want: 'FORMERR qr', differs: { knot } },
    {
      name: 'a name of more than 255 octets',
      observe: udp(query(`${`01 61`.repeat(128)} 00 0001 0001`)),
      want: 'FORMERR qr',
      differs: { knot },
    },
    {
      name: 'an RR that is promised and missing',
      observe: udp(query(wwwA, { counts: '0001 0001 0000 0000' })),
      want: 'FORMERR qr',
    },
    {
      name: 'over TCP as over UDP',
      observe: async (server) => headerText(await overTcp(server, query('c00c 0001 0001'))),
      want: 'FORMERR qr',
      differs: { knot },
    },
  ],
}
