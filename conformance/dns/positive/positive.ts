/** Data that stands at the name asked for (RFC 1034 §4.3.2, RFC 2181 §5). */
import type { Behaviour } from '../lib/behaviour.ts'

export const behaviour: Behaviour = {
  title: 'data at the name asked for',
  cases: [
    { name: 'a whole RRset', ask: 'www.% A', want: { answer: ['www.% 300 A 192.0.2.1', 'www.% 300 A 192.0.2.2'] } },
    {
      name: 'the SOA keeps its own TTL in an answer',
      ask: '% SOA',
      want: { answer: ['% 300 SOA ns1.% hostmaster.% 42 3600 900 604800 60'] },
    },
    {
      name: 'the NS RRset of the apex, with what addresses the zone has',
      ask: '% NS',
      want: {
        answer: ['% 300 NS ns1.%', '% 300 NS ns2.%', '% 300 NS ns.elsewhere.example.'],
        additional: ['ns1.% 300 A 192.0.2.53', 'ns1.% 300 AAAA 2001:db8::53', 'ns2.% 300 A 192.0.2.54'],
      },
    },
    { name: 'character strings keep their bounds', ask: 'txt.% TXT', want: { answer: ['txt.% 300 TXT "a" "b c" ""'] } },
    { name: 'a label of 63 octets', ask: `${'l'.repeat(63)}.% A`, want: { answer: [`${'l'.repeat(63)}.% 300 A 192.0.2.7`] } },
    { name: 'a dot inside a label', ask: 'escaped\\.dot.% A', want: { answer: ['escaped\\.dot.% 300 A 192.0.2.5'] } },
    { name: 'a zero octet inside a label', ask: 'octet\\000.% A', want: { answer: ['octet\\000.% 300 A 192.0.2.6'] } },
    {
      name: 'a name stored in mixed case is found by any case (RFC 4343)',
      ask: 'mIXEDcASE.% A',
      want: { answer: ['mixedcase.% 300 A 192.0.2.3'] },
    },
    { name: 'over TCP', ask: 'mail.% A +tcp', want: { answer: ['mail.% 300 A 192.0.2.25'] } },
  ],
}
