/** Releases that an edge works on: one a zone at a time, the others of the zone behind it. */
import type { ZoneState } from '@zonecast/zone'
import type { Release } from './messages.ts'
import type { Trouble } from './receiver-recalls.ts'

export interface Job {
  readonly id: number
  /** The stream that the release came on; it may be gone. */
  readonly stream: number
  readonly release: Release
  /** What the release's position belongs to. */
  readonly logId: Uint8Array
  /** The stamp that was given to the store with it. */
  stamp: bigint | undefined
  /** The run of the shard that the stamp is good in. */
  run: number
  /** What the edge fetches by itself; undefined for a release that a publisher has sent. */
  readonly recall: Trouble | undefined
  /** True where nothing of what was there before is in what is applied. */
  whole: boolean
  phase: 'queued' | 'waiting to fetch' | 'fetching' | 'applying'
  /** What is being applied: the release's state, or the later one that a fetch ended on. */
  state: ZoneState
  placement: string
  /** What a fetch is to end on at least. */
  least: ZoneState
}

/** Queues by zone, and the places for fetches. */
export class Work {
  readonly #zones = new Map<string, Job[]>()
  readonly #jobs = new Map<number, Job>()
  readonly #busy = new Map<number, number>()
  readonly #fetchLimit: number
  #fetchQueue: Job[] = []
  #fetching = 0
  #lastId = 0

  constructor(fetchLimit: number) {
    this.#fetchLimit = fetchLimit
  }

  /** Puts a release in its zone's queue; true when its turn is now. */
  add(
    stream: number,
    logId: Uint8Array,
    release: Release,
    recall?: Trouble,
  ): {
    readonly job: Job
    readonly isFirst: boolean
  } {
    const job: Job = {
      id: ++this.#lastId,
      stream,
      release,
      logId,
      stamp: undefined,
      run: 0,
      recall,
      whole: false,
      phase: 'queued',
      state: release.state,
      placement: release.placement,
      least: release.state,
    }
    const queue = this.#zones.get(release.zone)
    if (queue === undefined) this.#zones.set(release.zone, [job])
    else queue.push(job)
    this.#jobs.set(job.id, job)
    this.#busy.set(release.shard, this.busy(release.shard) + 1)
    return { job, isFirst: queue === undefined }
  }

  get(id: number): Job | undefined {
    return this.#jobs.get(id)
  }

  /** Releases of a shard that are not finished. */
  busy(shard: number): number {
    return this.#busy.get(shard) ?? 0
  }

  /** Zones of a shard that are worked on. */
  zonesIn(shard: number): Set<string> {
    const jobs = [...this.#jobs.values()].filter(({ release }) => release.shard === shard)
    return new Set(jobs.map(({ release }) => release.zone))
  }

  /** Takes a job out; what is first in the zone's queue then has its turn, unless it has begun. */
  finish(job: Job): Job | undefined {
    const { zone, shard } = job.release
    if (!this.#jobs.delete(job.id)) return undefined
    if (job.phase === 'fetching') this.#fetching -= 1
    this.#fetchQueue = this.#fetchQueue.filter((other) => other !== job)
    this.#busy.set(shard, this.busy(shard) - 1)
    const rest = (this.#zones.get(zone) ?? []).filter((other) => other !== job)
    if (rest.length === 0) this.#zones.delete(zone)
    else this.#zones.set(zone, rest)
    return rest[0]?.phase === 'queued' ? rest[0] : undefined
  }

  /** Queues a fetch. */
  awaitFetch(job: Job): void {
    job.phase = 'waiting to fetch'
    this.#fetchQueue.push(job)
  }

  /** The next fetch, when there is a place for it. */
  takeFetch(): Job | undefined {
    if (this.#fetching >= this.#fetchLimit) return undefined
    const job = this.#fetchQueue.shift()
    if (job === undefined) return undefined
    job.phase = 'fetching'
    this.#fetching += 1
    return job
  }

  /** A fetch is over: what it staged is applied. */
  staged(job: Job, state: ZoneState, placement: string): void {
    if (job.phase === 'fetching') this.#fetching -= 1
    job.phase = 'applying'
    job.state = state
    job.placement = placement
  }

  /** Jobs of a stream that have not begun: its publisher offers them again. */
  unbegun(stream: number): Job[] {
    return [...this.#jobs.values()].filter(
      (job) => job.stream === stream && (job.phase === 'queued' || job.phase === 'waiting to fetch'),
    )
  }
}
