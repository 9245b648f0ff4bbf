/** What a run noted: what writers were told, and what edges showed. */

/** A zone's state as somebody told it. */
export interface Told {
  readonly generation: bigint
  readonly version: bigint
  readonly serial: number
  /** Hexadecimal; empty where it was not told. */
  readonly digest: string
}

/** A change set: it puts the same value at both names of a slot, so that half of it shows. */
export interface Change {
  readonly zone: string
  /** Whose names: each writer has one slot a zone, and values of a slot only grow. */
  readonly slot: string
  readonly value: number
  /**
   * `open`: no answer ever came, and it may be there or not. `refused`: it was promised that nothing was done. `acknowledged`: it is there
   * for good, as the version in `told`.
   */
  outcome: 'open' | 'refused' | 'acknowledged'
  told?: Told
}

/** One consistent look at a zone on an edge. Ticks order what happened: a look that ended before another began was earlier. */
export interface Look {
  readonly edge: string
  readonly zone: string
  readonly began: number
  readonly ended: number
  readonly serial: number
  /** Where the edge named it; DNS tells a serial alone. */
  readonly version?: { readonly generation: bigint; readonly version: bigint }
  /** Values at both names of a slot. */
  readonly slots: ReadonlyMap<string, readonly [number, number]>
}

/** The system said that an edge answers a change. */
export interface Answered {
  readonly edge: string
  readonly change: Change
  readonly tick: number
}

/** An edge that ran gave no answer where it should have. */
export interface Unserved {
  readonly edge: string
  readonly zone: string
  readonly detail: string
}

/** What a holder has at the end, when everything has come to rest. */
export interface Final {
  /** An edge's name, or `zone-api`. */
  readonly holder: string
  readonly zone: string
  readonly state: Told
  /** RRs in presentation format, sorted. */
  readonly rrs: readonly string[]
}

export class History {
  /** The state of each zone before the first change. */
  readonly initial = new Map<string, Told>()
  readonly changes: Change[] = []
  readonly looks: Look[] = []
  readonly answers: Answered[] = []
  readonly unserved: Unserved[] = []
  readonly finals: Final[] = []
  #tick = 0
  #acknowledged = 0
  readonly #waiting = new Set<() => void>()

  tick(): number {
    return ++this.#tick
  }

  /** The author of a change was told that it is there for good. */
  acknowledge(change: Change, told: Told): void {
    change.told = told
    change.outcome = 'acknowledged'
    this.#acknowledged++
    this.#wake()
  }

  /** Somebody has looked at an edge. */
  look(look: Look): void {
    this.looks.push(look)
    this.#wake()
  }

  /** Resolves when so many more changes are acknowledged. */
  acknowledged(more: number): Promise<void> {
    const goal = this.#acknowledged + more
    return this.#until(() => this.#acknowledged >= goal)
  }

  /** Resolves when an edge was looked at so often, half of it at values: fewer would find nothing in any system. */
  looked(edge: string, times: number): Promise<void> {
    const atValues = ({ slots }: Look) => slots.size > 0
    return this.#until(() => {
      const looks = this.looks.filter((look) => look.edge === edge)
      return looks.length >= times && looks.filter(atValues).length >= times / 2
    })
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!holds()) return
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
      check()
    })
  }

  #wake(): void {
    for (const check of this.#waiting) check()
  }

  begin(zone: string, slot: string, value: number): Change {
    const change: Change = { zone, slot, value, outcome: 'open' }
    this.changes.push(change)
    return change
  }
}
