/** What the page says of credentials. */
import type { Check, Commentary } from '../lib/page/commentary.ts'

const figure = "server's time on a core for a call"
const clear = 'clear text'
const tls = 'TLS, with a certificate of the client'

/** At most 5 % above the same server without a guard. */
const within = (group: string, variant: string): Check => ({
  of: { group, variant, figure },
  over: { group, system: 'no guard', figure },
  most: 1.05,
})

export const commentary: Commentary = {
  order: 65,
  title: 'Credentials',
  claims: [
    {
      by: 'target',
      says: 'Looking at the credential of each call takes less than 5 % of a unary call.',
      checks: [
        within(clear, 'token'),
        within(clear, 'password, Basic'),
        within(clear, 'password, metadata'),
        within(tls, 'certificate'),
      ],
      aside:
        'A call without a credential has a field less in its head, which is part of the difference, too. An argon2id hash is compared once for each ' +
        'password and then remembered, so it is not in these figures.',
      shortfall:
        'Rounds of one and the same row lie further apart than what is sought: two processes, each compiled as it ran, do not compare to 5 % on two shared ' +
        'cores. It would take one process that answers with and without its guard by turns. A token is hashed for each call, and a password by HMAC under a ' +
        'key of the process, so that neither is kept in a form that could be read from memory.',
    },
  ],
  how: [
    'Two servers, each a process of its own, answer the same unary call by the same handler, 32 in flight: one has the guard of the zone API, over a ' +
      'database that answers at once, the other lets everybody in. They take turns in rounds. With TLS the connection shows a certificate to both.',
  ],
  plots: [{ figure, title: 'What a unary call costs the server, by credential' }],
}
