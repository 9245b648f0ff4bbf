/** Proofs by NSEC (RFC 4035 §3.1.3 and §3.1.4). */
import type { Behaviour } from '../lib/behaviour.ts'

const soa = ['SOA', '% 60 RRSIG SOA']
const zone = 'nsec.test.'

export const behaviour: Behaviour = {
  title: 'proofs by NSEC',
  cases: [
    {
      name: 'an answer carries its signature',
      zone,
      ask: 'mail.% A +dnssec',
      want: { answer: ['mail.% 300 A 192.0.2.25', 'mail.% 300 RRSIG A'] },
    },
    { name: 'and none without DO', zone, ask: 'mail.% A', want: { answer: ['mail.% 300 A 192.0.2.25'] } },
    {
      name: 'no data: the NSEC of the name',
      zone,
      ask: 'mail.% TXT +dnssec',
      want: { authority: [...soa, 'mail.% 60 NSEC many.% A AAAA RRSIG NSEC', 'mail.% 60 RRSIG NSEC'] },
    },
    { name: 'no data without DO has no proof', zone, ask: 'mail.% TXT', want: { authority: ['SOA'] } },
    {
      name: 'NXDOMAIN: one NSEC covers the name, one the wildcard',
      zone,
      ask: 'nothing.% A +dnssec',
      want: {
        rcode: 'NXDOMAIN',
        authority: [
          ...soa,
          '% 60 NSEC _none._tcp.% A NS SOA MX TXT RRSIG NSEC DNSKEY CAA',
          '% 60 RRSIG NSEC',
          '*.a.*.nested.% 60 NSEC ns1.% TXT RRSIG NSEC',
          '*.a.*.nested.% 60 RRSIG NSEC',
        ],
      },
    },
    {
      name: 'one NSEC may do both',
      zone,
      ask: 'x.www.% A +dnssec',
      want: { rcode: 'NXDOMAIN', authority: [...soa, 'www.% 60 NSEC % A TXT AAAA RRSIG NSEC', 'www.% 60 RRSIG NSEC'] },
    },
    {
      name: 'an empty non-terminal is spanned',
      zone,
      ask: 'deep-cut.% A +dnssec',
      want: { authority: [...soa, 'cut-ns-in-zone.% 60 NSEC a.b.deep-cut.% NS RRSIG NSEC', 'cut-ns-in-zone.% 60 RRSIG NSEC'] },
    },
    {
      name: 'a wildcard’s answer proves that the name is not there',
      zone,
      ask: 'zz.wild.% A +dnssec',
      want: {
        answer: ['zz.wild.% 300 A 192.0.2.20', 'zz.wild.% 300 RRSIG A'],
        authority: ['host.wild.% 60 NSEC *.wild-alias.% A RRSIG NSEC', 'host.wild.% 60 RRSIG NSEC'],
      },
    },
    {
      name: 'a wildcard without the type',
      zone,
      ask: 'zz.wild.% AAAA +dnssec',
      want: {
        authority: [
          ...soa,
          'host.wild.% 60 NSEC *.wild-alias.% A RRSIG NSEC',
          'host.wild.% 60 RRSIG NSEC',
          '*.wild.% 60 NSEC below.*.wild.% A TXT RRSIG NSEC',
          '*.wild.% 60 RRSIG NSEC',
        ],
      },
    },
    {
      name: 'a referral without DS proves that',
      zone,
      ask: 'x.cut.% A +dnssec',
      want: {
        flags: '',
        authority: [
          'cut.% 300 NS ns1.cut.%',
          'cut.% 300 NS ns.elsewhere.example.',
          'cut.% 60 NSEC cut-no-glue.% NS RRSIG NSEC',
          'cut.% 60 RRSIG NSEC',
        ],
      },
    },
    {
      name: 'DNAME: the DNAME is signed, the CNAME it makes is not',
      zone,
      ask: 'host.dname.% A +dnssec',
      want: {
        answer: [
          'dname.% 300 DNAME target.%',
          'dname.% 300 RRSIG DNAME',
          'host.dname.% 300 CNAME host.target.%',
          'host.target.% 300 A 192.0.2.31',
          'host.target.% 300 RRSIG A',
        ],
      },
    },
    {
      name: 'an alias to what does not exist',
      zone,
      ask: 'alias-missing.% A +dnssec',
      want: {
        rcode: 'NXDOMAIN',
        answer: ['alias-missing.% 300 CNAME missing.%', 'alias-missing.% 300 RRSIG CNAME'],
        authority: [
          ...soa,
          '% 60 NSEC _none._tcp.% A NS SOA MX TXT RRSIG NSEC DNSKEY CAA',
          '% 60 RRSIG NSEC',
          'many.% 60 NSEC mixedcase.% A RRSIG NSEC',
          'many.% 60 RRSIG NSEC',
        ],
      },
    },
  ],
}
