/** What does not fit (RFC 1035 §4.1.1, RFC 2181 §9, RFC 6891 §6.2.3). */
import type { Behaviour } from '../lib/behaviour.ts'

const many = Array.from({ length: 60 }, (_, i) => `many.% 300 A 198.51.100.${i + 1}`)

export const behaviour: Behaviour = {
  title: 'truncation',
  cases: [
    {
      name: 'an RRset that does not fit is left out whole, with TC',
      ask: 'many.% A +ignore +noedns',
      want: { flags: 'aa tc' },
      differs: { bind: 'keeps what fits of it' },
    },
    { name: 'over EDNS', ask: 'big.% TXT +ignore', want: { flags: 'aa tc' } },
    {
      name: 'the largest buffer makes it no longer than 1 232 octets',
      ask: 'big.% TXT +ignore +bufsize=65535',
      want: { flags: 'aa tc' },
    },
    { name: 'in 1 232 octets sixty addresses fit', ask: 'many.% A +ignore +bufsize=1232', want: { answer: many } },
    { name: 'OPT stays (RFC 8906 §8.2.7)', ask: 'big.% TXT +ignore +bufsize=512', want: { flags: 'aa tc', edns: '0' } },
    {
      name: 'an alias that fits stays when its target does not',
      ask: 'alias-big.% TXT +ignore +bufsize=512',
      want: { flags: 'aa tc', answer: ['alias-big.% 300 CNAME big.%'] },
      differs: { bind: 'keeps what fits of the target' },
    },
    { name: 'over TCP all of it', ask: 'many.% A +tcp', want: { answer: many } },
    {
      name: 'what is only additional goes without TC',
      ask: 'mx-many.% MX +ignore +noedns',
      want: { answer: Array.from({ length: 20 }, (_, i) => `mx-many.% 300 MX ${i + 1} host${i + 1}.mx-many.%`) },
    },
  ],
}
