/** What a program tells of its certificates: when they expire, and how their replacement went. */
import type { Metrics } from '@zonecast/runtime'

export interface Expiry {
  readonly file: string
  /** `server` and `client` for certificates of one's own, `authority` for what others' are verified with. */
  readonly role: string
  /** Unix time. */
  readonly seconds: number
}

export type TLSMetrics = ReturnType<typeof makeMetrics>

const known = new WeakMap<Metrics, TLSMetrics>()

/** A program has one server and several clients: they share these. */
export function tlsMetrics(metrics: Metrics): TLSMetrics {
  const made = known.get(metrics) ?? makeMetrics(metrics)
  known.set(metrics, made)
  return made
}

function makeMetrics(metrics: Metrics) {
  const watched = new Set<() => readonly Expiry[]>()
  metrics.gauge({
    name: 'zonecast_tls_certificate_expiry_seconds',
    help: 'When the certificate in a file expires, in Unix time; of several authorities in one file, the last.',
    labels: ['role', 'file'],
    collect(gauge) {
      gauge.reset()
      for (const expiries of watched) for (const { role, file, seconds } of expiries()) gauge.set({ role, file }, seconds)
    },
  })
  return {
    reloads: metrics.counter({
      name: 'zonecast_tls_reloads_total',
      help: 'TLS files that were replaced by others.',
      labels: ['role'],
    }),
    failures: metrics.counter({
      name: 'zonecast_tls_reload_failures_total',
      help: 'TLS files that were replaced by what cannot be used, so that the old content stayed.',
      labels: ['role'],
    }),
    refused: metrics.counter({
      name: 'zonecast_tls_handshake_failures_total',
      help: 'Connections to this server that ended in their TLS handshake.',
    }),
    /** Returns what ends it. */
    watch(expiries: () => readonly Expiry[]): () => void {
      watched.add(expiries)
      return () => void watched.delete(expiries)
    },
  }
}
