/** What the page says of calls and streams. */
import type { Commentary } from '../lib/page/commentary.ts'

const one = 'unary, 1 in flight'
const many = 'unary, 32 in flight'
const cost = "server's time on a core for a call"

export const commentary: Commentary = {
  order: 60,
  title: 'Calls and streams',
  claims: [
    {
      by: 'target',
      says: 'A unary call costs our server no more than the same work costs @grpc/grpc-js.',
      checks: [
        { aheadIn: [one, many], figure: cost },
        { aheadIn: [many], figure: 'calls a second' },
      ],
      aside:
        'Ours has everything on that our programs have: credentials, validation, deadlines, metrics. The other has nothing around its handlers.',
      shortfall:
        'Both spend most of a call in node:http2, where the first frame of an answer and its trailers are two writes for either (decision 0014); the difference is within the spread of the rounds.',
    },
    {
      by: 'target',
      says: 'Streams carry at least as much.',
      checks: [
        { aheadIn: ['server stream, 64 KiB pieces'], figure: 'MiBs a second' },
        { aheadIn: ['two-way stream, there and back'], figure: 'messages a second' },
      ],
    },
  ],
  how: [
    'Two servers, each a process of its own, do the same work on the same messages, and are asked in turn by one client of our own on the HTTP/2 of Node, so that what a client costs is the same for both. ' +
      'On a machine of two cores the client takes the other core: where calls a second are held up by it, the time on a core says more.',
  ],
  plots: [
    { figure: cost, title: 'What a unary call costs the server' },
    { figure: 'calls a second', title: 'Unary calls a second' },
    { figure: 'MiBs a second', title: 'A server stream in pieces of 64 KiB' },
    { figure: 'messages a second', title: 'Messages a second, there and back' },
  ],
}
