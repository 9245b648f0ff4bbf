/** Names and types that are not there (RFC 2308, RFC 8020). */
import type { Behaviour } from '../lib/behaviour.ts'

export const behaviour: Behaviour = {
  title: 'negative answers',
  cases: [
    {
      name: 'NXDOMAIN carries the SOA at the lower of its TTL and MINIMUM',
      ask: 'nothing.% A',
      want: { rcode: 'NXDOMAIN', authority: ['SOA'] },
    },
    {
      name: 'below a name that does not exist nothing does',
      ask: 'x.y.nothing.% A',
      want: { rcode: 'NXDOMAIN', authority: ['SOA'] },
    },
    { name: 'below a name that has data', ask: 'x.www.% A', want: { rcode: 'NXDOMAIN', authority: ['SOA'] } },
    { name: 'no data is NOERROR', ask: 'mail.% TXT', want: { authority: ['SOA'] } },
    { name: 'no data at the apex', ask: '% AAAA', want: { authority: ['SOA'] } },
    { name: 'SOA below the apex', ask: 'www.% SOA', want: { authority: ['SOA'] } },
    { name: 'NS at an ordinary name', ask: 'www.% NS', want: { authority: ['SOA'] } },
    {
      name: 'the SOA of the zone that is nearest',
      ask: 'nothing.www.kid.% AAAA',
      want: { rcode: 'NXDOMAIN', authority: ['kid.% 60 SOA ns1.kid.% hostmaster.kid.% 7 3600 900 604800 60'] },
    },
  ],
}
