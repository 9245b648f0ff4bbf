/** Commits changes as fast as it can and says on standard output which were acknowledged; its parent kills it. */
import { createMetrics, silentLogger } from '@zonecast/runtime'
import { writeSync } from 'node:fs'
import { openDatabase } from './open-database.ts'
import { changeSet, newZone, put } from './suite/fixture.ts'

const folder = process.argv[2]!
const round = process.argv[3]!
const failed = (error: Error) => {
  throw error
}
const pause = new Int32Array(new SharedArrayBuffer(4))
const database = await openDatabase({ folder, log: silentLogger(), metrics: createMetrics('crash'), failed })
if (!(await database.getZone('example.com.'))) await database.createZone(newZone())
say('ready')

/** At once, and whole: what stands in a buffer of ours would die with the process. A parent that is slow to read is waited for. */
function say(line: string): void {
  for (let rest = Buffer.from(`${line}\n`); rest.length > 0;) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}

/** Many writers, so that commits are shared; each says what it was promised once it was promised. */
async function write(writer: number): Promise<void> {
  for (let i = 0; ; i++) {
    const owner = `w${writer}-${round}-${i}`
    const { effect } = await database.applyChanges(changeSet([put(owner, 'A', '192.0.2.7')]))
    say(`${owner} ${effect.state.version}`)
  }
}

await Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)))
