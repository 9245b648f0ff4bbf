/** What the page says of credentials. */
import type { Check, Commentary } from '../lib/page/commentary.ts'
import { latency, onCore, ratioOf } from './rows.ts'

const empty = 'an empty call'
const overTLS = 'an empty call over TLS'

/** At most 5 % above the same call where nobody is asked. */
const within = (group: string, variant: string): Check => ({ of: { group, variant, figure: ratioOf(onCore) }, most: 1.05 })

export const commentary: Commentary = {
  order: 65,
  title: 'Credentials',
  claims: [
    {
      by: 'target',
      says: 'Looking at the credential takes less than 5 % of a unary call that does something: a zone is read, or changed.',
      checks: [within('GetZone', 'token'), within('a change', 'token')],
    },
    {
      by: 'target',
      says: 'The same of an empty call, which does nothing but come and go.',
      checks: [
        within(empty, 'token'),
        within(empty, 'password, Basic'),
        within(empty, 'password, metadata'),
        within(overTLS, 'certificate'),
      ],
      aside:
        'A call of nobody has a field less in its head, and HTTP/2 sends that field anew with each call: it is part of the difference. An argon2id hash is ' +
        'compared once for each password and then remembered, so it is not in these figures.',
      shortfall:
        '5 % of an empty call are two or three microseconds. A field of the head is decoded, read and judged by its form, then a token ' +
        'is hashed once and a password twice (HMAC under a key of the process), and looked up. What would be left out by remembering the field itself is the hash: but then credentials would ' +
        'stand in memory as they are (decision 0027).',
    },
  ],
  how: [
    'One process has two servers with the same handlers: one lets everybody in and is told nothing, the other has the guard of the zone API and is shown a credential. ' +
      'They take turns in slices of 256 calls, 32 in flight, and 32 calls that are alone, for 18 s a row; the process tells its own time on a core before and after each slice. ' +
      'A figure is the median of the slices, in parentheses the half of them that lies around it; a ratio is that of two slices one after the other.',
    'An empty call asks a handler that answers at once, and its guard stands over a database that does so. `GetZone` and a change (one address in a zone, until it is durable) ask the services of the ' +
      'zone API over SQLite.',
  ],
  plots: [{ figure: ratioOf(onCore), title: "The server's time on a core with the look, to that without" }],
  hidden: [ratioOf(latency)],
}
