/** Messages between the main thread and the database's thread. */
import type { QuotaLimits } from './quotas/quota-port.ts'
import type { Retention } from './retention.ts'
import type { RefusalData } from './refused.ts'
import type { Operations } from './engine.ts'
import type { PackedOps } from './packed-ops.ts'
import type { ApplyInput, CommitEvent } from './zone-database.ts'

/** What the thread is started with. */
export interface WorkerInput {
  readonly folder: string
  readonly retention?: Retention
  readonly quotas?: QuotaLimits
  /** Where zones are kept; absent means in the folder. */
  readonly postgres?: PostgresAddress
}

export interface PostgresAddress {
  /** `postgres://user@host:port/database` */
  readonly url: string
  /** In place of what the URL says. */
  readonly password?: string
}

/** The argument of `applyChanges` as it travels. */
export type PackedApplyInput = Omit<ApplyInput, 'ops'> & { readonly ops: PackedOps }

export interface Call {
  readonly id: number
  readonly operation: keyof Operations
  readonly args: readonly unknown[]
}

/** Calls made in one turn of the event loop travel together: waking a thread costs more than most calls. */
export type ToWorker = { readonly kind: 'calls'; readonly calls: readonly Call[] } | { readonly kind: 'close' }

export type Answer = { readonly id: number } & (
  | { readonly value: unknown }
  | { readonly refused: RefusalData }
  | { readonly error: string }
)

export type FromWorker =
  | { readonly kind: 'ready'; readonly logId: Uint8Array }
  | { readonly kind: 'failed'; readonly name: string; readonly message: string; readonly exitCode: number }
  /** Events come before the answers they belong to. */
  | {
      readonly kind: 'done'
      readonly events: readonly CommitEvent[]
      readonly answers: readonly Answer[]
      readonly commit?: Commit
    }
  | { readonly kind: 'fault'; readonly error: string }
  /** Nothing is written any more: the disk fails, unless `message` says otherwise. */
  | { readonly kind: 'broken'; readonly error: string; readonly message?: string }
  /** A database elsewhere went away, or is back. */
  | { readonly kind: 'serving'; readonly serving: boolean }
  /** A database elsewhere has gone back: how that was seen. */
  | { readonly kind: 'regressed'; readonly detail: string }
  | { readonly kind: 'closed' }

/** How long a commit took, and how many writes shared it. */
export interface Commit {
  readonly writes: number
  readonly ms: number
}
