/** Names and classes that no zone of the server holds. */
import type { Behaviour } from '../lib/behaviour.ts'

const refused = { rcode: 'REFUSED', flags: '' }

export const behaviour: Behaviour = {
  title: 'what is not ours',
  cases: [
    { name: 'a name outside every zone is REFUSED', ask: 'www.elsewhere.example. A', want: refused },
    { name: 'the parent of a zone', ask: 'test. NS', want: refused },
    { name: 'the root', ask: '. NS', want: refused },
    { name: 'a name that only ends like one of ours', ask: 'www.unplain.test. A', want: refused },
    { name: 'RD changes nothing', ask: 'www.elsewhere.example. A +recurse', want: { rcode: 'REFUSED', flags: 'rd' } },
    { name: 'over TCP', ask: 'www.elsewhere.example. A +tcp', want: refused },
    {
      name: 'the question comes back',
      ask: 'www.elsewhere.example. A',
      want: { ...refused, question: ['www.elsewhere.example. IN A'] },
    },
  ],
}
