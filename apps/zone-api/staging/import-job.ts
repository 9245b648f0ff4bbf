/** The work on one zone's import that needs no database: read, sort, check, compare, build. */
import { equalNames, type Name, type RR, TYPE, type Violation } from '@zonecast/dns'
import { hasTarget, TargetList, type TtlBounds } from '@zonecast/zone'
import { mergeContent, type MergePlan, type MergeStep } from './content-merge.ts'
import { type DataErrors, ErrorList } from './data-errors.ts'
import { type DataFormat, type DataReader, dataReader } from './data-reader.ts'
import { droppedWarnings, zonemdError, zonemdUnfit, zonemdUnverified } from './data-remarks.ts'
import { defaultRecords, type RecordsPolicy } from './import-request.ts'
import type { LivePart } from './live-feed.ts'
import { linesOf } from './locate.ts'
import { RRSorter } from './rr-sorter.ts'
import { verifyZonemd } from './zonemd.ts'

export interface JobOptions {
  readonly apex: Name
  readonly format: DataFormat
  readonly defaultTtl: number
  /** Bounds that the zone sets to TTLs. */
  readonly ttlBounds?: TtlBounds
  /** What becomes of records that may not be wanted; absent means the defaults. */
  readonly records?: RecordsPolicy
  /** The data is a whole zone, whose ZONEMD is to be verified where there is one. */
  readonly isWhole?: boolean
  /** A ZONEMD that does not fit is no reason to refuse the data. */
  readonly isForced?: boolean
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
  readonly warnings: readonly Violation[]
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
  readonly #apex: Name
  readonly #targets: TargetList
  /** The line of a ZONEMD that is to be verified. */
  #zonemdLine: number | undefined
  readonly #verifies: boolean
  readonly #isForced: boolean
  readonly #dropped = { dnssec: 0, outOfZone: 0 }
  #merge: Generator<MergeStep, void, LivePart | undefined> | undefined

  constructor(options: JobOptions) {
    const { apex, format, defaultTtl, ttlBounds, records = defaultRecords, folder, runOctets } = options
    this.#apex = apex
    this.#targets = new TargetList(apex)
    this.#verifies = options.isWhole ?? false
    this.#isForced = options.isForced ?? false
    this.#sorter = new RRSorter({ folder, apexOctets: apex.length, ...(runOctets === undefined ? {} : { runOctets }) })
    const dropped = (kind: keyof RecordsPolicy) => void this.#dropped[kind]++
    const ports = { apex, defaultTtl, ...(ttlBounds && { ttlBounds }), records, dropped, errors: this.#errors }
    this.#reader = dataReader(format, { ...ports, take: (rr, line) => this.#take(rr, line) })
  }

  async push(bytes: Uint8Array): Promise<void> {
    this.#octets += bytes.length
    this.#reader.push(bytes)
  }

  async end(): Promise<DataReport> {
    this.#reader.end()
    this.#sorter.finish()
    const warnings = [...droppedWarnings(this.#apex, this.#dropped), ...this.#verifyZonemd()]
    return { ...this.#errors.list(), rrCount: this.#rrCount, octets: this.#octets, hasSOA: this.#hasSOA, warnings }
  }

  async merge(plan: MergePlan): Promise<MergeStep> {
    this.#merge?.return()
    this.#merge = mergeContent(this.#sorter.read(), plan, this.#targets)
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

  /** Where records could not be read or were left out, a digest over the others says nothing. */
  #verifyZonemd(): Violation[] {
    if (this.#zonemdLine === undefined || this.#errors.count > 0 || this.#dropped.dnssec > 0) return []
    const result = verifyZonemd(this.#apex, () => this.#sorter.read())
    if (result.kind === 'unverified') return [zonemdUnverified(this.#apex)]
    if (result.kind === 'verified') return []
    if (this.#isForced) return [zonemdUnfit(this.#apex, result.cause)]
    this.#errors.add(zonemdError(this.#apex, this.#zonemdLine, result.cause))
    return []
  }

  #take(rr: RR, line: number): void {
    this.#rrCount++
    if (rr.type === TYPE.ZONEMD && this.#verifies && equalNames(rr.owner, this.#apex)) this.#zonemdLine = line
    if (rr.type === TYPE.SOA) this.#hasSOA = true
    else if (hasTarget(rr.type)) this.#targets.note(rr.owner, rr.type, rr.rdata)
    this.#sorter.add(rr, line)
  }
}
