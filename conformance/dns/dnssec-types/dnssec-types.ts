/** DNSSEC's own types asked for by name (RFC 4034, RFC 4035 §2.3, RFC 5155 §7.2.8). */
import type { Behaviour } from '../lib/behaviour.ts'

const zone = 'nsec.test.'

export const behaviour: Behaviour = {
  title: 'DNSSEC types asked for',
  cases: [
    { name: 'NSEC', zone, ask: 'mail.% NSEC', want: { answer: ['mail.% 60 NSEC many.% A AAAA RRSIG NSEC'] } },
    {
      name: 'NSEC at an alias is the alias’s',
      zone,
      ask: 'alias.% NSEC',
      want: { answer: ['alias.% 60 NSEC alias-apex.% CNAME RRSIG NSEC'] },
    },
    {
      name: 'RRSIG at an alias are the alias’s',
      zone,
      ask: 'alias.% RRSIG',
      want: { answer: ['alias.% 300 RRSIG CNAME', 'alias.% 60 RRSIG NSEC'] },
      differs: { bind: 'gives the first alone (minimal-any)', knot: 'leaves out that of NSEC' },
    },
    {
      name: 'NSEC at an alias of an unsigned zone is no data',
      ask: 'alias.% NSEC',
      want: { authority: ['SOA'] },
      differs: { nsd: 'follows the alias' },
    },
    {
      name: 'RRSIG at an alias of an unsigned zone is no data',
      ask: 'alias.% RRSIG',
      want: { authority: ['SOA'] },
      differs: { nsd: 'follows the alias' },
    },
    {
      name: 'NSEC at a cut is the parent’s',
      zone,
      ask: 'cut.% NSEC',
      want: { answer: ['cut.% 60 NSEC cut-no-glue.% NS RRSIG NSEC'] },
      differs: { knot: 'refers', nsd: 'refers' },
    },
    {
      name: 'NSEC below a cut is a referral',
      zone,
      ask: 'ns1.cut.% NSEC',
      want: { flags: '', authority: ['cut.% 300 NS ns1.cut.%', 'cut.% 300 NS ns.elsewhere.example.'] },
    },
    {
      name: 'RRSIG at a cut is a referral',
      zone,
      ask: 'cut.% RRSIG',
      want: { flags: '', authority: ['cut.% 300 NS ns1.cut.%', 'cut.% 300 NS ns.elsewhere.example.'] },
    },
    { name: 'RRSIG in an unsigned zone is no data', ask: 'www.% RRSIG', want: { authority: ['SOA'] } },
    { name: 'DNSKEY in an unsigned zone is no data', ask: '% DNSKEY', want: { authority: ['SOA'] } },
    { name: 'NSEC3 at a name is no data', zone: 'nsec3.test.', ask: 'mail.% NSEC3', want: { authority: ['SOA'] } },
  ],
}
