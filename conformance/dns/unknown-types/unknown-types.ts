/** Types nobody has heard of (RFC 3597). */
import type { Behaviour } from '../lib/behaviour.ts'

export const behaviour: Behaviour = {
  title: 'unknown types',
  cases: [
    {
      name: 'stored ones are answered as they are',
      ask: 'unknown.% TYPE65280',
      want: { answer: ['unknown.% 300 TYPE65280 \\# 4 deadbeef'] },
    },
    { name: 'others are no data, not an error (RFC 8906 §8.1.2)', ask: '% TYPE1000', want: { authority: ['SOA'] } },
    {
      name: 'others at a name that does not exist are NXDOMAIN',
      ask: 'nothing.% TYPE1000',
      want: { rcode: 'NXDOMAIN', authority: ['SOA'] },
    },
    { name: 'a wildcard stands for them as for known ones', ask: 'x.wild.% TYPE1000', want: { authority: ['SOA'] } },
    {
      name: 'an alias is followed for them',
      ask: 'alias.% TYPE65280',
      want: { answer: ['alias.% 300 CNAME www.%'], authority: ['SOA'] },
    },
  ],
}
