/** Aliases that lead nowhere: loops, and chains longer than any use has. */
import type { Behaviour } from '../lib/behaviour.ts'

const bind = 'SERVFAIL, with what was found'

export const behaviour: Behaviour = {
  title: 'alias loops',
  cases: [
    {
      name: 'an alias of itself',
      ask: 'alias-self.% A',
      want: { answer: ['alias-self.% 300 CNAME alias-self.%'] },
      differs: { bind },
    },
    {
      name: 'a loop is told once round',
      ask: 'alias-loop1.% A',
      want: { answer: ['alias-loop1.% 300 CNAME alias-loop2.%', 'alias-loop2.% 300 CNAME alias-loop1.%'] },
      differs: { bind },
    },
    {
      name: 'CNAME asked of a loop is an answer',
      ask: 'alias-loop1.% CNAME',
      want: { answer: ['alias-loop1.% 300 CNAME alias-loop2.%'] },
    },
    {
      name: 'ten links to the end',
      ask: 'link12.% A',
      want: {
        answer: [...Array.from({ length: 9 }, (_, i) => `link${12 + i}.% 300 CNAME link${13 + i}.%`), 'link21.% 300 A 192.0.2.8'],
      },
      differs: { knot: 'stops after five links' },
    },
    {
      name: 'CNAME asked of a wildcard that leads to itself',
      ask: 'x.wild-loop.% CNAME',
      want: { answer: ['x.wild-loop.% 300 CNAME x.wild-loop.%'] },
    },
  ],
}
