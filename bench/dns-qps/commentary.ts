/** What the page says of questions a second. */
import type { Commentary } from '../lib/page/commentary.ts'

const hot = 'hot questions'
const spread = 'spread questions'
const rate = 'answers a second'
const cost = 'CPU per answer'
const bind = 'BIND 9.18'

export const commentary: Commentary = {
  order: 80,
  title: 'Questions a second, on one core',
  claims: [
    {
      by: 'target',
      says: 'An answer that is asked for again costs no more time on a core than in BIND.',
      checks: [{ of: { group: hot, system: bind, figure: cost }, over: { group: hot, figure: cost }, least: 1 }],
      aside:
        'The bare path of a datagram through Node takes about as much as a whole answer of BIND (decision 0013): what is left of the difference is ours.',
      shortfall:
        'Of a hot answer 55 % is the call that sends it and 17 % the one that receives the question. It would take many datagrams a call (recvmmsg, sendmmsg), which Node does not ask for, so a native module for each platform.',
    },
    {
      by: 'target',
      says: 'Any answer costs at most twice the time on a core that it takes in BIND.',
      checks: [{ of: { group: spread, figure: cost }, over: { group: spread, system: bind, figure: cost }, most: 2 }],
      shortfall:
        'Datagrams are most of it here, too: by profile a third is the kernel and more than a third native code of Node, and finding and writing an answer that is not kept takes 5 to 6 µs more than one that is (decision 0013).',
    },
  ],
  how: [
    'One zone of 100 000 records (`BENCH_RECORDS`) at every server. Ours has it from the zone API by way of the publisher, as users have it, and answers with one thread. Each server runs on one core and dnsperf on ' +
      'another: 100 questions open at most, from eight sockets, over UDP with EDNS. Rate limiting is off everywhere, and BIND and NSD leave the authority section out of answers as ours does.',
    'The hot questions are 1 000 names that exist; the spread ones are 100 000 of the whole zone, of which every tenth is for a name that does not exist. Before anything is measured, every server gives the same codes and ' +
      'answers as ours to 200 of each. A round counts only where all codes are as expected and no more than one question in a thousand is lost.',
    'CPU per answer is the time of all threads and processes of the server, and of the kernel for them, by the number of answers. Linux counts it in ticks of 10 ms. It says more than answers a second where dnsperf, ' +
      'which has one core as well, is what holds the server up.',
  ],
  plots: [
    { figure: cost, title: 'Time on a core for one answer' },
    { figure: rate, title: 'Answers a second on one core' },
  ],
}
