/** What the main thread and the threads that answer DNS say to each other. */
import type { Address } from '@zonecast/dns-net'
import type { LogLevel } from '@zonecast/runtime'
import type { ResponderSettings } from './responder.ts'

/** What a thread is given at its start. */
export interface WorkerInput {
  readonly folder: string
  /** Where to listen, beside the other threads. */
  readonly addresses: readonly Address[]
  readonly settings: ResponderSettings
  /** Memory of the store's `VersionSignals`. */
  readonly signals: SharedArrayBuffer
  /** Memory of the thread's `AnswerCounts`. */
  readonly counts: SharedArrayBuffer
  /** One number: 1 once no zones are missing that will come. */
  readonly level: SharedArrayBuffer
  /** Octets that the thread may keep of pages, and of answers. */
  readonly pageOctets: number
  readonly answerOctets: number
  readonly logLevel: LogLevel
}

export type ToWorker =
  /** A query to be answered as if a client had sent it over TCP. */
  { readonly kind: 'ask'; readonly id: number; readonly query: Uint8Array } | { readonly kind: 'close' }

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'damaged'; readonly zone: string; readonly reason: string }
  | { readonly kind: 'answer'; readonly id: number; readonly response: Uint8Array | undefined }
