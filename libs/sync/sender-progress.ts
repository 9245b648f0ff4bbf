/** What a sender has to report of its edge. */
import type { ZoneState } from '@zonecast/zone'
import { Recent } from './recent.ts'
import type { Run } from './sender-items.ts'
import type { EdgeProgress, ShardProgress, ZoneProgress, ZoneProgressKind } from './sender-types.ts'

/** What has moved since it was taken last, and the zones that never count as passed. */
export class ProgressNews {
  /** Zones that the edge alone can bring: refused until their next head, or damaged. */
  readonly refused: Recent<ZoneProgress>
  /** Zones reported as transferring or quarantined: that they are not any more is reported, too. */
  readonly #exceptional = new Set<string>()
  #shards = new Map<number, ShardProgress>()
  #zones: ZoneProgress[] = []

  /** `mostRefused` zones are remembered. */
  constructor(mostRefused: number) {
    this.refused = new Recent(mostRefused)
  }

  isExceptional(zone: string): boolean {
    return this.#exceptional.has(zone)
  }

  /** Undefined where nothing has moved. */
  take(): Omit<EdgeProgress, 'placements'> | undefined {
    if (this.#shards.size === 0 && this.#zones.length === 0) return undefined
    const news = { shards: [...this.#shards.values()], zones: this.#zones }
    this.#shards = new Map()
    this.#zones = []
    return news
  }

  shardMoved({ shard, applied, answered }: Run): void {
    this.#shards.set(shard, { shard, applied, answered })
  }

  zoneMoved(progress: ZoneProgress): void {
    this.#zones.push(progress)
    if (progress.kind === 'transferring' || progress.kind === 'quarantined') this.#exceptional.add(progress.zone)
    else if (progress.kind === 'applied') this.#exceptional.delete(progress.zone)
  }

  /** Nothing more is known of these zones. */
  leave(zones: readonly string[]): void {
    for (const zone of zones) {
      this.refused.delete(zone)
      if (!this.#exceptional.delete(zone)) continue
      this.#zones.push({ zone, generation: 0n, version: 0n, kind: 'left', at: undefined, reason: '' })
    }
  }

  /** A zone waits for what the edge does. */
  refuse(progress: ZoneProgress): void {
    this.refused.set(progress.zone, progress)
    this.zoneMoved(progress)
  }
}

export function progressOf(zone: string, state: ZoneState, kind: ZoneProgressKind): ZoneProgress {
  return { zone, generation: state.generation, version: state.version, kind, at: undefined, reason: '' }
}
