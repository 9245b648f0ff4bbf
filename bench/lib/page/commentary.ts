/** What a benchmark has to say beside its numbers: words that hold whatever the numbers are. */

/** Names one figure of the results. */
export interface Reference {
  readonly group: string
  /** `zonecast` where it is left out; of peers the name is enough: `Knot` for `Knot 3.2`. */
  readonly system?: string
  /** The first variant of the system where it is left out. */
  readonly variant?: string
  readonly figure: string
}

/** A question to the numbers; the page prints the number and whether it holds. */
export type Check =
  /** The figure, divided by `over` where that is given, is at most or at least a number. */
  | { readonly of: Reference; readonly over?: Reference; readonly most?: number; readonly least?: number }
  /** Ours is ahead of every other row of these groups (of all variants where none is named). */
  | { readonly aheadIn: readonly string[]; readonly figure: string; readonly variant?: string }

export interface Claim {
  /** Who says so: the post of 2021 that this project begins with, or a target of our own. */
  readonly by: 'post' | 'target'
  readonly says: string
  readonly checks: readonly Check[]
  /** Words on what the check cannot tell, true for any numbers. */
  readonly aside?: string
  /** Why it is missed, as profiles say, and what it would take. Printed where the claim does not hold in full. */
  readonly shortfall?: string
}

export interface Plot {
  readonly figure: string
  readonly title: string
  /** Groups to draw, all where it is left out. */
  readonly groups?: readonly string[]
  readonly scale?: 'linear' | 'log'
  /** Bars a group; or lines over `x` of the rows, one a system and variant. */
  readonly kind?: 'bars' | 'lines'
  /** What `x` is, for lines. */
  readonly xTitle?: string
}

export interface Commentary {
  /** Sections stand in ascending order. */
  readonly order: number
  readonly title: string
  readonly claims: readonly Claim[]
  /** Paragraphs: what is measured, and how. */
  readonly how: readonly string[]
  readonly plots: readonly Plot[]
  /** Figures left out of the tables; they stay in the results. */
  readonly hidden?: readonly string[]
  readonly notes?: readonly string[]
}
