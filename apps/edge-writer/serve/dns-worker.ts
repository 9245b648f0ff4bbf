/** A thread that answers DNS from the store that the main thread writes. */
import { parentPort, workerData } from 'node:worker_threads'
import { AnswerCache, createDnsServer } from '@zonecast/dns-net'
import { createLogger, systemClock } from '@zonecast/runtime'
import { openZoneReader, VersionSignals } from '@zonecast/zone-store'
import { AnswerCounts } from './answer-counts.ts'
import { tcpLimits } from './tcp-limits.ts'
import { configuredResponder } from './responder.ts'
import type { FromWorker, ToWorker, WorkerInput } from './worker-messages.ts'

const input = workerData as WorkerInput
const versions = new VersionSignals(input.signals)
const counts = new AnswerCounts(input.counts)
const level = new Int32Array(input.level)
const log = createLogger({ app: 'edge-writer', level: input.logLevel })
const reader = openZoneReader({
  folder: input.folder,
  signals: versions,
  pageMemoryOctets: input.pageOctets,
  onDamage: (zone, reason) => say({ kind: 'damaged', zone, reason }),
})
const respond = configuredResponder(input.settings, {
  enclosing: reader.enclosing,
  isReady: () => Atomics.load(level, 0) === 1,
  now: () => systemClock.now(),
  cache: new AnswerCache({ versions, maxOctets: input.answerOctets }),
  counts,
})
const server = createDnsServer({
  respond,
  log,
  limits: tcpLimits(input.settings),
  reusePort: true,
  onAnswer: ({ rcode }, { transport }) => counts.answered(rcode, transport),
})

function say(message: FromWorker): void {
  parentPort!.postMessage(message, [])
}

parentPort!.on('message', (message: ToWorker) => {
  if (message.kind === 'close') void close()
  else say({ kind: 'answer', id: message.id, response: respond(message.query, ourselves)?.bytes })
})

/** TCP, so that nothing is cut; loopback, so that nothing is limited. */
const ourselves = { transport: 'tcp', address: '127.0.0.1' } as const

async function close(): Promise<void> {
  await server.close()
  await reader.close()
  process.exit()
}

try {
  await server.listen(input.addresses)
  say({ kind: 'ready' })
} catch (error) {
  say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
}
