/** The work on one zone's import that needs no database: read, sort, check, compare, build. */
import { type Name, type RR, TYPE } from '@zonecast/dns'
import type { TtlBounds } from '@zonecast/zone'
import { mergeContent, type MergePlan, type MergeStep } from './content-merge.ts'
import { type DataErrors, ErrorList } from './data-errors.ts'
import { type DataFormat, type DataReader, dataReader } from './data-reader.ts'
import type { LivePart } from './live-feed.ts'
import { linesOf } from './locate.ts'
import { RRSorter } from './rr-sorter.ts'

export interface JobOptions {
  readonly apex: Name
  readonly format: DataFormat
  readonly defaultTtl: number
  /** Bounds that the zone sets to TTLs. */
  readonly ttlBounds?: TtlBounds
  /** Folder of its own for what does not fit in memory. */
  readonly folder: string
  readonly runOctets?: number
}

export interface DataReport extends DataErrors {
  /** RRs read, duplicates included. */
  readonly rrCount: number
  /** Octets read. */
  readonly octets: number
  readonly hasSOA: boolean
}

/** Where a job may run: here, or in a thread of its own. The calls come one after the other. */
export interface ImportJob {
  /** The next data; done when it is worked up. The bytes are the job's from then on. */
  push(bytes: Uint8Array): Promise<void>
  /** The data is complete. */
  end(): Promise<DataReport>
  /** Begins a merge, once more if need be. */
  merge(plan: MergePlan): Promise<MergeStep>
  /** The merge's next step; `live` answers a step that asked for it. */
  next(live?: LivePart): Promise<MergeStep>
  /** The sorted RRs of the data; undefined where there are more than the limit. */
  take(limit: number): Promise<Uint8Array[] | undefined>
  /** The lines of the data that have to do with the subjects of violations. */
  locate(subjects: readonly string[]): Promise<number[]>
  /** Ends the work, at any time, and removes its files. */
  close(): Promise<void>
}

export class LocalJob implements ImportJob {
  readonly #errors = new ErrorList()
  readonly #sorter: RRSorter
  readonly #reader: DataReader
  #rrCount = 0
  #octets = 0
  #hasSOA = false
  #merge: Generator<MergeStep, void, LivePart | undefined> | undefined

  constructor({ apex, format, defaultTtl, ttlBounds, folder, runOctets }: JobOptions) {
    this.#sorter = new RRSorter({ folder, apexOctets: apex.length, ...(runOctets === undefined ? {} : { runOctets }) })
    const ports = { apex, defaultTtl, ...(ttlBounds && { ttlBounds }), errors: this.#errors }
    this.#reader = dataReader(format, { ...ports, take: (rr, line) => this.#take(rr, line) })
  }

  async push(bytes: Uint8Array): Promise<void> {
    this.#octets += bytes.length
    this.#reader.push(bytes)
  }

  async end(): Promise<DataReport> {
    this.#reader.end()
    this.#sorter.finish()
    return { ...this.#errors.list(), rrCount: this.#rrCount, octets: this.#octets, hasSOA: this.#hasSOA }
  }

  async merge(plan: MergePlan): Promise<MergeStep> {
    this.#merge?.return()
    this.#merge = mergeContent(this.#sorter.read(), plan)
    return this.next()
  }

  async next(live?: LivePart): Promise<MergeStep> {
    const step = this.#merge?.next(live)
    if (step?.value === undefined) throw new Error('the merge has ended')
    return step.value
  }

  async take(limit: number): Promise<Uint8Array[] | undefined> {
    if (this.#rrCount > limit) return undefined
    return [...this.#sorter.read()].map((stored) => stored.slice())
  }

  async locate(subjects: readonly string[]): Promise<number[]> {
    return linesOf(subjects, this.#sorter.readLines())
  }

  async close(): Promise<void> {
    this.#merge?.return()
    this.#sorter.close()
  }

  #take(rr: RR, line: number): void {
    this.#rrCount++
    if (rr.type === TYPE.SOA) this.#hasSOA = true
    this.#sorter.add(rr, line)
  }
}
