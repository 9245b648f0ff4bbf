/** Nothing is acknowledged before it is on disk: the order of reads, syncs and writes under strace, at the zone API and at the edge. */
import { strict as assert } from 'node:assert'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'
import { startSystem } from '../lib/system.ts'
import { answered, publishZone, putRRset, smallZone } from '../lib/zones.ts'

/** A zone for each change, so that its name tells in the trace which change is read and which is acknowledged. */
const zones = Array.from({ length: 20 }, (_, i) => `synced-${String.fromCharCode(97 + i)}.example.`)

/** Changes each zone once, with one app under strace, which prints a call before the traced thread goes on. Gives the lines. */
async function traceOf(app: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-strace-'))
  const file = join(folder, 'trace')
  const calls = 'trace=fsync,fdatasync,msync,read,write,writev,sendmsg'
  const system = await startSystem({ prefix: { [app]: ['strace', '-f', '-qq', '-s', '65536', '-e', calls, '-o', file] } })
  try {
    for (const zone of zones) await publishZone(system, zone, smallZone)
    const start = readFileSync(file, 'latin1').length
    for (const zone of zones) await answered(system, await putRRset(system, zone, 'www', 'A', ['192.0.2.1']))
    return readFileSync(file, 'latin1').slice(start).split('\n')
  } finally {
    await system.close()
    rmSync(folder, { recursive: true })
  }
}

const isRead = (line: string) => /^\d+ +(?:read\(|<\.\.\. read resumed>)/.test(line)
const isWrite = (line: string) => /^\d+ +(?:write|writev|sendmsg)\(/.test(line)
/** A sync that has returned: in one line, or resumed after another thread's line. */
const isSync = (line: string) =>
  /^\d+ +(?:(?:fsync|fdatasync|msync)\(.*\)|<\.\.\. (?:fsync|fdatasync|msync) resumed>.*) += 0$/.test(line)

for (const { app, name } of [
  { app: 'zone-api', name: 'the zone API syncs between reading a change and saying anything of it' },
  { app: 'edge-1', name: 'the edge syncs between reading a release and saying anything of it' },
])
  test(name, async () => {
    const lines = await traceOf(app)
    for (const zone of zones) {
      const read = lines.findIndex((line) => isRead(line) && line.includes(zone))
      const said = lines.findIndex((line, at) => at > read && isWrite(line) && line.includes(zone))
      assert.ok(read >= 0 && said > read, `${zone} is not in the trace`)
      const synced = lines.slice(read, said).some(isSync)
      assert.ok(
        synced,
        `${zone} was acknowledged before a sync:\n${lines
          .slice(read, said + 1)
          .map((line) => line.slice(0, 120))
          .join('\n')}`,
      )
    }
  })
