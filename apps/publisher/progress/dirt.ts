/** What moved at edges and was not reported yet: the newest of each thing, so that a slow report loses nothing but steps between. */
import type { EdgeProgress, ShardProgress, ZoneProgress } from '@zonecast/sync'

interface DirtyEdge {
  placements: readonly string[]
  readonly shards: Map<number, ShardProgress>
  readonly zones: Map<string, ZoneProgress>
}

const mostZonesOfMessage = 2_000
/** Beyond this the oldest go: the positions say it, too. What holds an edge back is kept. */
const mostZones = 20_000

export class Dirt {
  #edges = new Map<string, DirtyEdge>()

  get isClean(): boolean {
    return this.#edges.size === 0
  }

  clear(): void {
    this.#edges.clear()
  }

  /** Marks an edge; without progress, that it came, went or was heard. */
  add(edgeId: string, progress?: EdgeProgress): void {
    let edge = this.#edges.get(edgeId)
    if (edge === undefined) this.#edges.set(edgeId, (edge = { placements: [], shards: new Map(), zones: new Map() }))
    if (progress === undefined) return
    edge.placements = progress.placements
    for (const shard of progress.shards) edge.shards.set(shard.shard, shard)
    for (const zone of progress.zones) {
      // The newest goes to the end: the order of kinds matters to who reads it.
      const key = `${zone.kind} ${zone.zone}`
      edge.zones.delete(key)
      edge.zones.set(key, zone)
    }
    if (edge.zones.size > mostZones) dropOldest(edge.zones)
  }

  /** Takes what fits into a message. */
  take(): { readonly edgeId: string; readonly progress: EdgeProgress }[] {
    const taken: { edgeId: string; progress: EdgeProgress }[] = []
    let room = mostZonesOfMessage
    for (const [edgeId, { placements, shards, zones }] of this.#edges) {
      if (room <= 0) break
      const part = [...zones].slice(0, room)
      for (const [key] of part) zones.delete(key)
      room -= part.length + shards.size
      taken.push({ edgeId, progress: { placements, shards: [...shards.values()], zones: part.map(([, zone]) => zone) } })
      if (zones.size === 0) this.#edges.delete(edgeId)
      else shards.clear()
    }
    return taken
  }
}

function dropOldest(zones: Map<string, ZoneProgress>): void {
  for (const [key, { kind }] of zones) {
    if (kind === 'transferring' || kind === 'quarantined' || kind === 'left') continue
    zones.delete(key)
    if (zones.size <= mostZones) return
  }
}
