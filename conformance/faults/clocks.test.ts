/** Clocks that jump a day ahead and back while all goes on: nothing that is ordered goes back. */
import { strict as assert } from 'node:assert'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { arch, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { timestampDate } from '@bufbuild/protobuf/wkt'
import { test } from 'vitest'
import type { System } from '../lib/system.ts'
import { until } from '../lib/until.ts'
import { cleanRun, twoEdges } from './fault-run.ts'
import { pick, repeatBy, seedsOf } from './seeds.ts'
import { beginZone } from './zones.ts'

/** Debian's libfaketime: the clock of the process is what a file says, and the monotonic clock is left alone, as in a machine. */
const library = `/usr/lib/${arch() === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`
const dayMs = 86_400_000

function fakeClock(folder: string, name: string) {
  if (!existsSync(library)) throw new Error(`${library} is missing: it comes with Debian's package libfaketime`)
  const file = join(folder, name)
  const set = (days: number) => writeFileSync(file, days === 0 ? '+0d\n' : `${days > 0 ? '+' : ''}${days}d\n`)
  set(0)
  const env = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    FAKETIME_DONT_RESET: '1',
  }
  return { set, env }
}

const programs = ['zone-api', 'publisher', ...twoEdges]

/** What a program takes for the time: its HTTP server tells. It makes the line once a second, so that a jump shows a little later. */
async function isMoved(system: System, name: string, days: number): Promise<void> {
  await until(`the clock of ${name} is ${days} days ahead`, async () => {
    const { headers } = await fetch(`http://127.0.0.1:${system.app(name).ready.port}/healthz`)
    const aheadMs = Date.parse(headers.get('date') ?? '') - Date.now()
    return Math.abs(aheadMs - days * dayMs) < dayMs / 10
  })
}

for (const seed of seedsOf(60))
  test(`seed ${seed}: clocks jump a day ahead and back (${repeatBy('clocks.test.ts', seed)})`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zonecast-clocks-'))
    const clocks = new Map(programs.map((name) => [name, fakeClock(folder, name)]))
    const env = Object.fromEntries([...clocks].map(([name, clock]) => [name, clock.env]))
    try {
      await cleanRun({
        seed,
        system: { env },
        faults: async ({ system, random, progress, history }) => {
          for (const days of [1, -1, 0]) {
            for (const name of programs.toSorted(() => random() - 0.5)) {
              clocks.get(name)!.set(days)
              await progress(3)
              await isMoved(system, name, days)
            }
          }
          // A zone that is deleted and made again under a clock that was set back gets a later generation all the same.
          const zone = 'again.example.'
          clocks.get('zone-api')!.set(1)
          await beginZone(system, history, zone)
          const first = history.initial.get(zone)!
          await system.client(ZoneService).deleteZone({ zone })
          clocks.get('zone-api')!.set(-1)
          await beginZone(system, history, zone)
          const second = history.initial.get(zone)!
          assert.ok(second.generation > first.generation, `generation ${second.generation} follows ${first.generation}`)
          assert.ok(second.version > first.version)
          const head = (await system.client(ZoneService).getZone({ zone })).zone?.changedAt
          assert.ok(
            head && timestampDate(head).getTime() < Date.now() - dayMs / 2,
            'the clock of the program was really set back',
          )
          history.initial.delete(zone)
          // A restart under another clock, too.
          const name = pick(random, programs)
          await system.stop(name, 'SIGKILL')
          await system.start(name)
          await progress(10)
        },
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
