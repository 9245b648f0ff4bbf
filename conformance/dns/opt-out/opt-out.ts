/** NSEC3 with Opt-Out, salt and iterations: unsigned cuts have no NSEC3 (RFC 5155 §6 and §7.2). */
import type { Behaviour } from '../lib/behaviour.ts'

const zone = 'optout.test.'
const proof = (...types: string[]) => types.flatMap((list) => [`<hash> 60 NSEC3 ${list}`.trimEnd(), '<hash> 60 RRSIG NSEC3'])
const secureDs = `secure.% 300 DS 12345 13 2 ${'0'.repeat(63)}1`

export const behaviour: Behaviour = {
  title: 'Opt-Out',
  cases: [
    { name: 'NSEC3PARAM', zone, ask: '% NSEC3PARAM', want: { answer: ['% 0 NSEC3PARAM 1 0 5 aabbccdd'] } },
    {
      name: 'no data of a name that has an NSEC3',
      zone,
      ask: 'mail.% TXT +dnssec',
      want: { authority: ['SOA', '% 60 RRSIG SOA', ...proof('A AAAA RRSIG')] },
    },
    {
      name: 'a signed cut has its DS',
      zone,
      ask: 'x.secure.% A +dnssec',
      want: { flags: '', authority: ['secure.% 300 NS ns1.secure.%', secureDs, 'secure.% 300 RRSIG DS'] },
    },
    { name: 'DS of a signed cut', zone, ask: 'secure.% DS +dnssec', want: { answer: [secureDs, 'secure.% 300 RRSIG DS'] } },
  ],
}
