/** Proofs by NSEC3 (RFC 5155 §7.2, RFC 9276). */
import type { Behaviour } from '../lib/behaviour.ts'

const soa = ['SOA', '% 60 RRSIG SOA']
const zone = 'nsec3.test.'
const apex = '<hash> 60 NSEC3 A NS SOA MX TXT RRSIG DNSKEY NSEC3PARAM CAA'
const proof = (...types: string[]) => types.flatMap((list) => [`<hash> 60 NSEC3 ${list}`.trimEnd(), '<hash> 60 RRSIG NSEC3'])

export const behaviour: Behaviour = {
  title: 'proofs by NSEC3',
  cases: [
    {
      name: 'NSEC3PARAM says no iterations and no salt (RFC 9276 §3.1)',
      zone,
      ask: '% NSEC3PARAM',
      want: { answer: ['% 0 NSEC3PARAM 1 0 0 -'] },
    },
    {
      name: 'no data: the NSEC3 of the name',
      zone,
      ask: 'mail.% TXT +dnssec',
      want: { authority: [...soa, ...proof('A AAAA RRSIG')] },
    },
    {
      name: 'an empty non-terminal has one, without types',
      zone,
      ask: 'ent.% TXT +dnssec',
      want: { authority: [...soa, ...proof('')] },
    },
    { name: 'at the apex', zone, ask: '% AAAA +dnssec', want: { authority: [...soa, apex, '<hash> 60 RRSIG NSEC3'] } },
    { name: 'DS of an unsigned cut', zone, ask: 'cut.% DS +dnssec', want: { authority: [...soa, ...proof('NS')] } },
    {
      name: 'a referral without DS',
      zone,
      ask: 'x.cut.% A +dnssec',
      want: { flags: '', authority: ['cut.% 300 NS ns1.cut.%', 'cut.% 300 NS ns.elsewhere.example.', ...proof('NS')] },
    },
    { name: 'NSEC asked for is no data', zone, ask: 'mail.% NSEC', want: { authority: ['SOA'] } },
  ],
}
