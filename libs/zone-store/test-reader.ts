/** A thread that reads a store: gives the version of the zone that encloses a name, when it is asked. */
import { parentPort, workerData } from 'node:worker_threads'
import { parseName } from '@zonecast/dns'
import { VersionSignals } from './version-signals.ts'
import { openZoneReader } from './zone-reader.ts'

const { folder, memory } = workerData as { folder: string; memory: SharedArrayBuffer }
const signals = new VersionSignals(memory)
const reader = openZoneReader({ folder, signals, pageMemoryOctets: 1 << 20, onDamage: () => {} })

parentPort!.on('message', (name: string | null) => {
  if (name === null) return void reader.close().then(() => process.exit())
  const state = reader.enclosing(parseName(name))?.stored
  parentPort!.postMessage(state && { zone: state.zone, version: state.header.state.version }, [])
})
