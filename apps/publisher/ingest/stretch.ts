/** Events of one shard that came one after the other while it was listed. */

/** Everything behind `after` up to `to` has come. */
export interface Stretch {
  readonly after: bigint
  readonly to: bigint
}

/** A stretch and what has come behind it: one longer stretch where they meet, else the later of the two. */
export function stretch(before: Stretch | undefined, next: Stretch): Stretch {
  if (before === undefined) return next
  const [first, last] = before.to <= next.to ? [before, next] : [next, before]
  return last.after <= first.to ? { after: first.after < last.after ? first.after : last.after, to: last.to } : last
}
