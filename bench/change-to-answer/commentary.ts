/** What the page says of single changes. */
import type { Commentary } from '../lib/page/commentary.ts'

const p50 = 'sent → answered, p50'
const p99 = 'sent → answered, p99'
const small = '10 records'
const middle = '100 000 records'
const large = '1 000 000 records'

export const commentary: Commentary = {
  order: 10,
  title: 'Change to answer',
  claims: [
    {
      by: 'post',
      says: 'Over gRPC a change of a record reaches the edge; for small calls between near machines little is won in the middle of the distribution.',
      checks: [{ aheadIn: [small], figure: p50, variant: 'tuned' }],
      aside:
        'The post has no figures for this. What is compared here is the whole way of a change, beside the protocols that name servers speak among each other.',
      shortfall: 'Why a tuned BIND is ahead stands at the last of these claims.',
    },
    {
      by: 'target',
      says: 'From the call to the first right answer, durable at both ends: half of the changes within 3 ms, 99 of 100 within 10 ms.',
      checks: [small, large].flatMap((group) => [
        { of: { group, figure: p50 }, most: 3 },
        { of: { group, figure: p99 }, most: 10 },
      ]),
      shortfall:
        'The way of a change is five wake-ups of a thread or process at 0.15 to 0.25 ms each, three syncs to the disk, and code that runs cold because four programs take turns on two cores; ' +
        'the steps stand in [decision 0015](decisions/0015-fewer-messages-and-larger-batches.md). Far below 3 ms would take fewer programs, or fewer syncs, which durability does not allow.',
    },
    {
      by: 'target',
      says: 'A change costs what the change costs, not what the zone costs: within 1.1 × between 10 and 1 000 000 records.',
      checks: [{ of: { group: large, figure: p50 }, over: { group: small, figure: p50 }, most: 1.1 }],
      shortfall:
        'The difference is in the commit of the zone API and in the transaction of the edge, as the steps show: a page of 14 500 octets is read, edited, hashed and written where the small zone has one of 1 000. ' +
        'Pages of 6 000 octets were tried and gave nothing that could be told from the spread.',
    },
    {
      by: 'target',
      says: 'Ahead of every peer on its defaults, and in zones of 100 000 and 1 000 000 records of every peer that is tuned.',
      checks: [
        { aheadIn: [small, middle, large], figure: p50, variant: 'defaults' },
        { aheadIn: [middle, large], figure: p50, variant: 'tuned' },
      ],
      shortfall:
        'A tuned BIND is two native programs: the primary writes a change to its journal, and the secondary asks for it by IXFR as soon as it is notified. Here a change is checked, versioned and ' +
        'kept with its history by one program, passes a second, and is checked again and written by a third, each a process of Node. What is beyond that distance in p99 is code that runs cold and ' +
        'the collector. It would take one program fewer on the way, such as a zone API that sends releases itself, or the rules and the digest in native code.',
    },
  ],
  how: [
    'The address of one host after the other is replaced, each when the one before is answered. A thread of its own asks the edge, or the secondary, over UDP, ' +
      'with a pause of 0.3 ms between questions: the time ends with the first right answer in its hands. Ours is one `ApplyChanges`; BIND and Knot take an UPDATE over a ' +
      'TCP connection that stays open, PowerDNS a PATCH of its HTTP API over a connection that stays open; no program is started in the measured time.',
    'All of them acknowledge a change when it is on the disk. Where an answer took longer than 300 ms, a pause of up to a second at random comes before the next change, ' +
      'so that clocks of whole seconds are not always met in the same phase; such systems get few changes a round, and p99 is then the slowest of them.',
    'Tuned: BIND without its five seconds between NOTIFYs and without limits of their rate; Knot without writing zone files, and NSD without waiting between reloads; Knot waits a second before ' +
      'each NOTIFY, which no setting of this version changes, so the client sends a NOTIFY of its own right after the acknowledgement; PowerDNS looks every second, with caches off. ' +
      'PowerDNS has no zone of 1 000 000 records: its API takes minutes to load one.',
    'PostgreSQL + Kafka is zonecast with its zones in PostgreSQL and its events over one Kafka broker, one of each program, in the smallest zone alone: what it adds is two servers on the way of each change.',
    'BIND on its defaults answers a change that comes alone, after some seconds of quiet, within milliseconds; the five seconds are what the next one waits.',
    'The steps are means over 200 changes of ours in the smallest and the largest zone. Stages between programs come from the progress of the change, whose clock counts whole ' +
      'milliseconds; *in* is what a program timed itself; *on a core* is the time that all threads of a program ran, the kernel for them included.',
  ],
  plots: [
    { figure: p50, title: 'A change until its first right answer, half of the changes', scale: 'log' },
    { figure: p99, title: 'A change until its first right answer, 99 of 100', scale: 'log' },
    { figure: 'mean of a step', title: 'Where the time of a change goes' },
  ],
}
