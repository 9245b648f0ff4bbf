/** CNAME (RFC 1034 §3.6.2 and §4.3.2, RFC 2181 §10.1). */
import type { Behaviour } from '../lib/behaviour.ts'

const www = ['www.% 300 A 192.0.2.1', 'www.% 300 A 192.0.2.2']

export const behaviour: Behaviour = {
  title: 'aliases',
  cases: [
    { name: 'its target follows', ask: 'alias.% A', want: { answer: ['alias.% 300 CNAME www.%', ...www] } },
    { name: 'CNAME asked for is not followed', ask: 'alias.% CNAME', want: { answer: ['alias.% 300 CNAME www.%'] } },
    {
      name: 'a chain',
      ask: 'alias1.% A',
      want: { answer: ['alias1.% 300 CNAME alias2.%', 'alias2.% 300 CNAME alias3.%', 'alias3.% 300 CNAME www.%', ...www] },
    },
    {
      name: 'a target without the type is no data',
      ask: 'alias.% MX',
      want: { answer: ['alias.% 300 CNAME www.%'], authority: ['SOA'] },
    },
    {
      name: 'a target that does not exist is NXDOMAIN (RFC 6604 §3)',
      ask: 'alias-missing.% A',
      want: { rcode: 'NXDOMAIN', answer: ['alias-missing.% 300 CNAME missing.%'], authority: ['SOA'] },
    },
    {
      name: 'a target below a wildcard’s exception',
      ask: 'alias-wild-missing.% A',
      want: { rcode: 'NXDOMAIN', answer: ['alias-wild-missing.% 300 CNAME a.host.wild.%'], authority: ['SOA'] },
    },
    {
      name: 'a target elsewhere is left to the client',
      ask: 'alias-out.% A',
      want: { answer: ['alias-out.% 300 CNAME www.elsewhere.example.'] },
    },
    {
      name: 'a target below a zone cut ends in a referral, AA for the alias (RFC 2181 §10.1.1)',
      ask: 'alias-cut.% A',
      want: {
        answer: ['alias-cut.% 300 CNAME host.cut.%'],
        authority: ['cut.% 300 NS ns1.cut.%', 'cut.% 300 NS ns.elsewhere.example.'],
        additional: ['ns1.cut.% 300 A 192.0.2.40', 'ns1.cut.% 300 AAAA 2001:db8::40'],
      },
    },
    {
      name: 'a target in another zone of the server is left to the client, with a referral',
      ask: 'alias-kid.% A',
      want: { answer: ['alias-kid.% 300 CNAME www.kid.%'], authority: ['kid.% 300 NS ns1.kid.%'] },
      differs: { bind: 'gives the alias alone', nsd: 'follows into the other zone' },
    },
    { name: 'the apex as a target', ask: 'alias-apex.% A', want: { answer: ['alias-apex.% 300 CNAME %', '% 300 A 192.0.2.10'] } },
    {
      name: 'a target below a DNAME',
      ask: 'alias-dname.% A',
      want: {
        answer: [
          'alias-dname.% 300 CNAME host.dname.%',
          'dname.% 300 DNAME target.%',
          'host.dname.% 300 CNAME host.target.%',
          'host.target.% 300 A 192.0.2.31',
        ],
      },
    },
    {
      name: 'DS asked of an alias is followed as other types are',
      ask: 'alias.% DS',
      want: { answer: ['alias.% 300 CNAME www.%'], authority: ['SOA'] },
    },
  ],
}
