/** A thread that reads a store: tells of the zone that encloses a name, when it is asked. */
import { parentPort, workerData } from 'node:worker_threads'
import { parseName } from '@zonecast/dns'
import { walkRRs } from '@zonecast/zone'
import { VersionSignals } from './version-signals.ts'
import { openZoneReader } from './zone-reader.ts'

const { folder, memory } = workerData as { folder: string; memory: SharedArrayBuffer }
const signals = new VersionSignals(memory)
const reader = openZoneReader({ folder, signals, pageMemoryOctets: 1 << 20, onDamage: () => {} })

parentPort!.on('message', (name: string | null) => {
  if (name === null) return void reader.close().then(() => process.exit())
  const view = reader.enclosing(parseName(name))
  const { zone, header } = view?.stored ?? {}
  const answer = view && { zone, version: header?.state.version, rrs: [...walkRRs(view.pages)].length, scans: reader.scans }
  parentPort!.postMessage(answer, [])
})
