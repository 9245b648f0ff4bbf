/** The port to the lineage of the database: whether edges may be ahead of it, and taking over what they have. */
import type { Lineage } from './lineage.ts'
import type { WriteContext } from './zone-database.ts'

export interface LineageKeeper {
  lineage(): Promise<Lineage>
  /** Somebody is ahead; what was noted first stays. */
  noteRegressed(detail: string): Promise<void>
  /** Moves every zone past what edges have seen, in one transaction. Nothing else may be changing zones. */
  adopt(input: AdoptInput): Promise<AdoptOutcome>
}

/** What all edges together have seen of a zone. */
export interface SeenZone {
  readonly zone: string
  readonly generation: bigint
  readonly version: bigint
  /** The last of the serials. */
  readonly serial: number
  /** True where an edge serves it. */
  readonly live: boolean
  /** Absent where edges have different contents. */
  readonly digest: Uint8Array | undefined
}

export interface AdoptInput extends WriteContext {
  readonly seen: readonly SeenZone[]
  readonly dryRun: boolean
}

export interface AdoptOutcome {
  readonly before: Lineage
  /** Zones that got a generation or a serial after what was seen. */
  readonly raised: readonly string[]
  /** Zones that edges serve and that are not live here. */
  readonly orphans: readonly string[]
  readonly logId: Uint8Array
}
