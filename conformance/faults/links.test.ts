/** Links cut in the middle of a message, delayed, trickled and gone silent, in both directions, while changes go on. */
import { test } from 'vitest'
import { type TcpProxy, withLinks } from '../lib/tcp-proxy.ts'
import { cleanRun, type FaultRun } from './fault-run.ts'
import { pick, repeatBy, seedsOf } from './seeds.ts'

const directions = ['up', 'down'] as const

for (const seed of seedsOf(25))
  test(`seed ${seed}: links between all programs fail in every way (${repeatBy('links.test.ts', seed)})`, async () => {
    await withLinks(async ({ all, open }) => {
      const through = async (port: number) => (await open(port)).url
      await cleanRun({
        seed,
        system: { zoneApiUrl: through, publisherUrl: through },
        faults: async (run) => {
          for (const fault of [cut, delay, trickle, goSilent].toSorted(() => run.random() - 0.5)) {
            for (const link of all) await fault(link, run)
          }
        },
      })
    })
  })

/** Each time after another number of octets, so that it hits frames and messages in their middle. */
async function cut(link: TcpProxy, { random, progress }: FaultRun): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await link.cutAfter(Math.floor(4_000 * random()), pick(random, directions))
    await progress(2)
  }
}

async function delay(link: TcpProxy, { random, progress }: FaultRun): Promise<void> {
  link.shape({ delayMs: 50 + 250 * random() })
  await progress(10)
  link.shape({})
}

async function trickle(link: TcpProxy, { random, progress }: FaultRun): Promise<void> {
  link.shape({ pieceOctets: 1 + Math.floor(100 * random()) })
  await progress(5)
  link.cutAll()
  link.shape({})
}

/** Nothing passes and nobody is told; sometimes for so long that both sides give the stream up. */
async function goSilent(link: TcpProxy, { random, pass, progress }: FaultRun): Promise<void> {
  link.shape({ held: pick(random, [['up'], ['down'], ['up', 'down']] as const) })
  await (random() < 0.2 ? pass(11_500, 12_500) : pass(300, 1_500))
  await progress(5)
  link.shape({})
}
