/** Zone transfers, which an edge does not give (RFC 5936 §2.2.1 and §4.2, RFC 1995). */
import type { Behaviour } from '../lib/behaviour.ts'
import { headerText, overTcp, overUdp, query } from '../lib/raw.ts'

const soa = '"plain.test." 0006 0001 00000000 0018 00 00 00000001 00000000 00000000 00000000 00000000'
const axfr = query('"plain.test." 00fc 0001')
const ixfr = query(`"plain.test." 00fb 0001 ${soa.replace('0018', '0016')}`, { counts: '0001 0000 0001 0000' })

export const behaviour: Behaviour = {
  title: 'transfers',
  observations: [
    {
      name: 'AXFR is REFUSED',
      observe: async (server) => headerText(await overTcp(server, axfr)),
      want: 'REFUSED qr',
      differs: { knot: 'NOTAUTH' },
    },
    {
      name: 'AXFR over UDP, too',
      observe: async (server) => headerText(await overUdp(server, axfr)),
      want: 'REFUSED qr',
      differs: { knot: 'NOTIMP', nsd: 'NOTIMP' },
    },
    {
      name: 'IXFR is REFUSED',
      observe: async (server) => headerText(await overTcp(server, ixfr)),
      want: 'REFUSED qr',
      differs: { knot: 'NOTAUTH' },
    },
    {
      name: 'IXFR over UDP is REFUSED',
      observe: async (server) => headerText(await overUdp(server, ixfr)),
      want: 'REFUSED qr',
      differs: { knot: 'NOTAUTH' },
    },
    {
      name: 'AXFR of a name that is no apex is NOTAUTH (RFC 5936 §2.2.1)',
      observe: async (server) => headerText(await overTcp(server, query('"www.plain.test." 00fc 0001'))),
      want: 'NOTAUTH qr',
    },
    {
      name: 'AXFR of a zone that is not here is NOTAUTH',
      observe: async (server) => headerText(await overTcp(server, query('"elsewhere.example." 00fc 0001'))),
      want: 'NOTAUTH qr',
    },
  ],
}
