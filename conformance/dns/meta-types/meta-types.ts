/** Types that are no types of records (RFC 6895 §3.1). */
import type { Behaviour } from '../lib/behaviour.ts'

const noData = 'no data, as for any type'

export const behaviour: Behaviour = {
  title: 'meta types',
  cases: [
    {
      name: 'MAILB is NOTIMP',
      ask: 'www.% TYPE253',
      want: { rcode: 'NOTIMP', flags: '' },
      differs: { knot: noData, nsd: noData },
    },
    {
      name: 'MAILA is NOTIMP',
      ask: 'www.% TYPE254',
      want: { rcode: 'NOTIMP', flags: '' },
      differs: { knot: noData, nsd: noData },
    },
    {
      name: 'TSIG as a question is FORMERR',
      ask: 'www.% TYPE250',
      want: { rcode: 'FORMERR', flags: '' },
      differs: { knot: noData, nsd: noData },
    },
    {
      name: 'TKEY without a key is FORMERR',
      ask: 'www.% TKEY',
      want: { rcode: 'FORMERR', flags: '' },
      differs: { knot: noData, nsd: noData },
    },
    { name: 'type 0 is no data', ask: 'www.% TYPE0', want: { authority: ['SOA'] }, differs: { knot: 'NOTIMP' } },
    {
      name: 'a type nobody has given a meaning to yet',
      ask: 'www.% TYPE200',
      want: { authority: ['SOA'] },
      differs: { bind: 'FORMERR' },
    },
    {
      name: 'class ANY is answered with what class IN has',
      ask: 'mail.% A -c ANY',
      want: { answer: ['mail.% 300 A 192.0.2.25'] },
      differs: { bind: 'FORMERR', nsd: 'without AA' },
    },
    { name: 'class HS is REFUSED', ask: 'mail.% A -c HS', want: { rcode: 'REFUSED', flags: '' } },
    {
      name: 'class NONE is REFUSED',
      ask: 'mail.% A -c NONE',
      want: { rcode: 'REFUSED', flags: '' },
      differs: { bind: 'FORMERR' },
    },
  ],
}
