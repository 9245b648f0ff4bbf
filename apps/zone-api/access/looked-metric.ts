/** Credentials that were not remembered and had to be looked at, as a metric: a rise of `unknown` and `slowed` is somebody guessing. */
import type { Metrics } from '@zonecast/runtime'
import type { CredentialMemoryPorts } from './credential-memory.ts'

export function lookedMetric(metrics: Metrics): NonNullable<CredentialMemoryPorts['looked']> {
  const counter = metrics.counter({
    name: 'zonecast_credential_looks_count',
    help: 'Credentials that were looked at, by their kind and by what became of them.',
    labels: ['kind', 'outcome'],
  })
  return (kind, outcome) => counter.inc({ kind, outcome })
}
