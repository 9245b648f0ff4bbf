/** Names without data that have names below them (RFC 4592 §2.2.2, RFC 8020). */
import type { Behaviour } from '../lib/behaviour.ts'

export const behaviour: Behaviour = {
  title: 'empty non-terminals',
  cases: [
    { name: 'one level up is no data', ask: 'b.ent.% TXT', want: { authority: ['SOA'] } },
    { name: 'two levels up is no data', ask: 'ent.% TXT', want: { authority: ['SOA'] } },
    { name: 'beside the data is NXDOMAIN', ask: 'c.ent.% TXT', want: { rcode: 'NXDOMAIN', authority: ['SOA'] } },
    { name: 'the one with an underscore', ask: '_tcp.% SRV', want: { authority: ['SOA'] } },
    { name: 'above a zone cut', ask: 'deep-cut.% A', want: { authority: ['SOA'] } },
    { name: 'it keeps a wildcard away', ask: 'ent.wild.% A', want: { authority: ['SOA'] } },
    { name: 'DS there is no data', ask: 'ent.% DS', want: { authority: ['SOA'] } },
    {
      name: 'an alias to one is no data',
      ask: 'alias-ent.% A',
      want: { answer: ['alias-ent.% 300 CNAME ent.%'], authority: ['SOA'] },
    },
  ],
}
