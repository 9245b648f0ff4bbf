/** The steps of a change set, as data. */
import type { Name } from '@zonecast/dns'

interface ChangeTarget {
  readonly owner: Name
  readonly type: number
  /** Path of the request field the step comes from, such as `changes[3].put`; violations name fields below it. */
  readonly field: string
}

interface ChangeValues extends ChangeTarget {
  /** RDATA in wire format. */
  readonly rdatas: readonly Uint8Array[]
}

/**
 * `put` makes the RRset exactly this, `add` and `remove` change single values, `delete` removes the RRset. Each step sees those
 * before it. RDATA is the same when its canonical form is (RFC 4034 §6.2). Without `ttl` an RRset keeps the one it has.
 */
export type ChangeOp =
  | (ChangeValues & { readonly kind: 'put' | 'add'; readonly ttl?: number })
  | (ChangeValues & { readonly kind: 'remove' })
  | (ChangeTarget & { readonly kind: 'delete' })
