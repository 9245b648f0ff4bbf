/** DNAME (RFC 6672). */
import type { Behaviour } from '../lib/behaviour.ts'

const dname = 'dname.% 300 DNAME target.%'

export const behaviour: Behaviour = {
  title: 'DNAME',
  cases: [
    {
      name: 'a name below it is replaced, the CNAME has its TTL',
      ask: 'host.dname.% A',
      want: { answer: [dname, 'host.dname.% 300 CNAME host.target.%', 'host.target.% 300 A 192.0.2.31'] },
    },
    {
      name: 'several labels below',
      ask: 'deep.host.dname.% TXT',
      want: { answer: [dname, 'deep.host.dname.% 300 CNAME deep.host.target.%', 'deep.host.target.% 300 TXT "deep"'] },
    },
    {
      name: 'an alias at the end',
      ask: 'alias.dname.% A',
      want: {
        answer: [
          dname,
          'alias.dname.% 300 CNAME alias.target.%',
          'alias.target.% 300 CNAME host.target.%',
          'host.target.% 300 A 192.0.2.31',
        ],
      },
    },
    { name: 'its own name is not replaced', ask: 'dname.% A', want: { answer: ['dname.% 300 A 192.0.2.30'] } },
    { name: 'DNAME asked of its own name', ask: 'dname.% DNAME', want: { answer: [dname] } },
    { name: 'no data at its own name', ask: 'dname.% TXT', want: { authority: ['SOA'] } },
    {
      name: 'CNAME asked below it is the one it makes',
      ask: 'host.dname.% CNAME',
      want: { answer: [dname, 'host.dname.% 300 CNAME host.target.%'] },
    },
    {
      name: 'a target that does not exist is NXDOMAIN',
      ask: 'x.dname-missing.% A',
      want: {
        rcode: 'NXDOMAIN',
        answer: ['dname-missing.% 300 DNAME missing.%', 'x.dname-missing.% 300 CNAME x.missing.%'],
        authority: ['SOA'],
      },
    },
    {
      name: 'a target elsewhere',
      ask: 'x.dname-out.% A',
      want: { answer: ['dname-out.% 300 DNAME elsewhere.example.', 'x.dname-out.% 300 CNAME x.elsewhere.example.'] },
    },
    {
      name: 'a target below which a wildcard stands',
      ask: 'x.dname-wild.% A',
      want: { answer: ['dname-wild.% 300 DNAME wild.%', 'x.dname-wild.% 300 CNAME x.wild.%', 'x.wild.% 300 A 192.0.2.20'] },
    },
    {
      name: 'a target below a zone cut',
      ask: 'x.dname-cut.% A',
      want: {
        answer: ['dname-cut.% 300 DNAME cut.%', 'x.dname-cut.% 300 CNAME x.cut.%'],
        authority: ['cut.% 300 NS ns1.cut.%', 'cut.% 300 NS ns.elsewhere.example.'],
      },
    },
    {
      name: 'one after another',
      ask: 'host.dname-chain.% A',
      want: {
        answer: [
          'dname-chain.% 300 DNAME dname.%',
          'host.dname-chain.% 300 CNAME host.dname.%',
          dname,
          'host.dname.% 300 CNAME host.target.%',
          'host.target.% 300 A 192.0.2.31',
        ],
      },
    },
    {
      name: 'a name that becomes too long is YXDOMAIN, with the DNAME (§2.2)',
      ask: 'a.name.too.long.for.it.by.some.octets.dname-long.% A',
      want: {
        rcode: 'YXDOMAIN',
        answer: [`dname-long.% 300 DNAME ${'l'.repeat(63)}.${'l'.repeat(63)}.${'l'.repeat(63)}.${'m'.repeat(31)}.%`],
      },
      differs: { knot: 'NXDOMAIN' },
    },
  ],
}
