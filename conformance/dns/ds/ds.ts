/** DS, which stands at the parent's side of a cut (RFC 4035 §3.1.4.1). */
import type { Behaviour } from '../lib/behaviour.ts'

export const behaviour: Behaviour = {
  title: 'DS',
  cases: [
    {
      name: 'at a cut it is the parent’s answer',
      ask: 'secure.% DS',
      want: { answer: [`secure.% 300 DS 12345 13 2 ${'0'.repeat(63)}1`] },
    },
    { name: 'a cut without DS is no data of the parent', ask: 'cut.% DS', want: { authority: ['SOA'] } },
    {
      name: 'below a cut it is a referral',
      ask: 'x.cut.% DS',
      want: { flags: '', authority: ['cut.% 300 NS ns1.cut.%', 'cut.% 300 NS ns.elsewhere.example.'] },
    },
    { name: 'where parent and child are here, the parent answers', ask: 'kid.% DS', want: { authority: ['SOA'] } },
    {
      name: 'below the child the child answers',
      ask: 'www.kid.% DS',
      want: { authority: ['kid.% 60 SOA ns1.kid.% hostmaster.kid.% 7 3600 900 604800 60'] },
    },
    { name: 'at an apex whose parent is elsewhere it is no data', ask: '% DS', want: { authority: ['SOA'] } },
    { name: 'at an ordinary name it is no data', ask: 'www.% DS', want: { authority: ['SOA'] } },
    {
      name: 'a signed referral carries it',
      ask: 'x.secure.% A +dnssec',
      zone: 'nsec.test.',
      want: {
        flags: '',
        authority: ['secure.% 300 NS ns1.secure.%', `secure.% 300 DS 12345 13 2 ${'0'.repeat(63)}1`, 'secure.% 300 RRSIG DS'],
      },
    },
    {
      name: 'a referral of an unsigned zone does not',
      ask: 'x.secure.% A +dnssec',
      want: { flags: '', authority: ['secure.% 300 NS ns1.secure.%'] },
    },
  ],
}
