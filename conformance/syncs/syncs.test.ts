/** Nothing is acknowledged before it is on disk: syncs counted under strace, at the zone API and at the edge. */
import { strict as assert } from 'node:assert'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChangeService, ChangeStage } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { test } from 'vitest'
import { startSystem, type System } from '../lib/system.ts'
import { publishZone, putRRset } from '../lib/zones.ts'

const changes = 25
const zoneFile = `@ 60 IN SOA ns1 hostmaster 1 14400 3600 1209600 300
@ 60 IN NS ns1
ns1 60 IN A 192.0.2.53
`

/** Starts the system with one app under strace, which writes a line before the traced thread goes on. */
async function traced(app: string): Promise<{ system: System; syncs: () => number; close: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-strace-'))
  const file = join(folder, 'trace')
  const prefix = ['strace', '-f', '-qq', '-e', 'trace=fsync,fdatasync,msync,sync_file_range', '-o', file]
  const system = await startSystem({ prefix: { [app]: prefix } })
  await publishZone(system, 'synced.example.', zoneFile)
  return {
    system,
    // Calls that have returned: in one line, or `<... resumed>` after another thread's line.
    syncs: () => readFileSync(file, 'utf8').match(/(?:fsync|fdatasync|msync)(?:\(.*\)| resumed>.*\)) += 0$/gm)?.length ?? 0,
    close: async () => {
      await system.close()
      rmSync(folder, { recursive: true })
    },
  }
}

test('the zone API answers a change only after a sync of its own', async () => {
  const { system, syncs, close } = await traced('zone-api')
  try {
    for (let i = 1; i <= changes; i++) {
      const before = syncs()
      await putRRset(system, 'synced.example.', 'www', 'A', [`192.0.2.${i}`])
      assert.ok(syncs() > before, `change ${i} was acknowledged without a sync`)
    }
  } finally {
    await close()
  }
})

test('the edge acknowledges a release only after a sync of its own', async () => {
  const { system, syncs, close } = await traced('edge-1')
  try {
    for (let i = 1; i <= changes; i++) {
      const before = syncs()
      const changeId = await putRRset(system, 'synced.example.', 'www', 'A', [`192.0.2.${i}`])
      for await (const { stage } of system.client(ChangeService).watchChange({ changeId }, { timeoutMs: 60_000 })) {
        if (stage < ChangeStage.APPLIED) continue
        assert.ok(syncs() > before, `change ${i} was reported as applied without a sync`)
        break
      }
    }
  } finally {
    await close()
  }
})
