/** What the page says of the large zone. */
import type { Commentary } from '../lib/page/commentary.ts'

const group = '1 000 000 records'
const imported = `import, ${group}`
const empty = 'empty: started → first right answer'
const warm = 'warm: started → first right answer'
const memory = 'empty: peak anonymous memory'
const knot = { group, system: 'Knot', variant: 'defaults' } as const

export const commentary: Commentary = {
  order: 30,
  title: 'A zone of a million records',
  claims: [
    {
      by: 'post',
      says: 'Streams take large zones, which over HTTP ran into limits of size.',
      checks: ['publisher', 'edge-1'].map((app) => ({
        of: { group: imported, figure: `${app}: peak memory above idle` },
        most: 100,
      })),
      aside:
        'What no program has to hold at once meets no limit of size. The same zone as one body over HTTP is in the part on the old way.',
    },
    {
      by: 'target',
      says: 'From the commit to the first right answer at an edge that follows: 1.5 s.',
      checks: [{ of: { group: imported, figure: 'committed → first right answer' }, most: 1500 }],
      shortfall:
        'The zone passes through two programs one after the other, each of which checks the structure of 3 700 pages, sums their digest in a thread of its own and writes them (decisions 0015 and 0020), while on two cores the sums of both compete. ' +
        'It would take a third core, or an edge that begins on what its publisher has not settled.',
    },
    {
      by: 'target',
      says: 'Memory of each program stays within 100 MiB above what it takes at rest.',
      checks: ['zone-api', 'publisher', 'edge-1'].map((app) => ({
        of: { group: imported, figure: `${app}: peak memory above idle` },
        most: 100,
      })),
      shortfall:
        'Rounds of the same work differ by 25 MiB in the zone API: what is above is for the most part garbage that was not collected yet when the peak was read. It would take a smaller bound for its heap, which costs ' +
        'time on a core.',
    },
    {
      by: 'target',
      says: 'An empty edge answers at least as soon as an empty secondary of Knot.',
      checks: [{ of: { ...knot, figure: empty }, over: { group, figure: empty }, least: 1 }],
      shortfall:
        'About 0.65 s of it is the start of Node and of our modules, with compiled sources kept; Knot is one native program. The rest is checking, summing and writing to disk what Knot keeps in memory.',
    },
  ],
  how: [
    'Import: the zone file goes in by `ImportZone` while an edge follows. Empty: an edge, or a secondary, is started with an empty folder, and takes the zone from the publisher, or the primary, which ' +
      'has it. Warm: it is started once more on what it wrote, which the others do some time after the transfer; that time is waited for. Each time begins with the start of the program, ' +
      'so that for ours the start of Node is in it, and ends with the first right answer over UDP.',
    'Memory is anonymous memory, with what processes share after a fork counted once: the map of an LMDB store is a cache of the kernel, and not in it. Above idle means above what the program took before. ' +
      'Octets are those from publisher to edge, and of an AXFR from the primary, as TCP carries them.',
  ],
  plots: [
    { figure: empty, title: 'An empty secondary, from its start to the first right answer' },
    { figure: warm, title: 'A restart with what it wrote' },
    { figure: memory, title: 'Peak anonymous memory of the secondary' },
    { figure: 'octets on the wire', title: 'Octets on the wire' },
  ],
}
