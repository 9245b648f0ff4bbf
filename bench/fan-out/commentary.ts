/** What the page says of one publisher with many edges. */
import type { Commentary } from '../lib/page/commentary.ts'

const figure = 'publisher: time on a core a change and edge'

export const commentary: Commentary = {
  order: 50,
  title: 'Fan-out',
  claims: [
    {
      by: 'target',
      says: 'What an edge costs the publisher a change does not grow with the number of edges, up to 1 000.',
      checks: [
        { of: { group: '1 000 edges', figure }, over: { group: '10 edges', figure }, most: 1.1 },
        { of: { group: '1 000 edges', figure }, over: { group: '100 edges', figure }, most: 1.1 },
      ],
      aside: 'With one edge alone the cost of the change itself is in the figure.',
    },
  ],
  how: [
    'Light followers, 250 a process, each with its own credential and its own connection, speak the whole of Follow with one publisher: they answer offers, ' +
      'acknowledge releases and say that they answer them, but keep no content. The address of one host in a zone of ten records is replaced, and the next change ' +
      'is sent when the last follower has the one before. The followers run on the same cores as what they measure: times until the last edge has it include them, ' +
      'time on a core does not.',
  ],
  plots: [
    { figure, title: 'What an edge costs the publisher a change', kind: 'lines', xTitle: 'edges', scale: 'log' },
    {
      figure: 'sent → at the last edge, p50',
      title: 'Until the last edge has a change',
      kind: 'lines',
      xTitle: 'edges',
      scale: 'log',
    },
  ],
}
