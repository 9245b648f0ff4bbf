/** Follows a stream of owners for targets of NS, MX and SRV that are aliases. */
import { isAtOrBelow, type Name, nameKey, namesIn, rdataStart, rdlengthAt, TYPE, typeAt } from '@zonecast/dns'
import { type Problem, targetIsAlias } from './problem.ts'

/** Targets and aliases that are remembered; of a zone with more, some go unnoticed. */
const mostRemembered = 10_000

/** True for types whose target must not be an alias (RFC 2181 §10.3, RFC 2782). */
export function mustNotMeetAlias(type: number): boolean {
  return type === TYPE.NS || type === TYPE.MX || type === TYPE.SRV
}

interface Pointing {
  readonly owner: Name
  readonly type: number
  readonly target: Name
}

/** A target may come before or after the alias, so that both are kept until the end. */
export class AliasWatch {
  readonly #apex: Name
  readonly #targets = new Map<string, Pointing>()
  readonly #aliases = new Set<string>()

  constructor(apex: Name) {
    this.#apex = apex
  }

  /** A stored RR whose owner name ends at `end`. */
  take(stored: Uint8Array, end: number): void {
    const type = typeAt(stored, end)
    if (type === TYPE.CNAME) {
      if (this.#aliases.size < mostRemembered) this.#aliases.add(nameKey(stored.subarray(0, end)))
    } else if (mustNotMeetAlias(type) && this.#targets.size < mostRemembered) this.#point(stored, end, type)
  }

  *problems(): Generator<Problem> {
    for (const [key, { owner, type, target }] of this.#targets)
      if (this.#aliases.has(key)) yield targetIsAlias(owner, type, target)
  }

  #point(stored: Uint8Array, end: number, type: number): void {
    const start = rdataStart(end)
    const [target] = namesIn(type, stored.subarray(start, start + rdlengthAt(stored, end)))
    if (target === undefined || !isAtOrBelow(target, this.#apex)) return
    const key = nameKey(target)
    if (!this.#targets.has(key)) this.#targets.set(key, { owner: stored.slice(0, end), type, target: target.slice() })
  }
}
