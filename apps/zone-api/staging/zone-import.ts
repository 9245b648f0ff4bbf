/** One zone of an import, from its first octet to its outcome. */
import { createHash, type Hash } from 'node:crypto'
import { Code } from '@connectrpc/connect'
import type { Violation } from '@zonecast/dns'
import { Refusal, versionMoved } from '@zonecast/rpc'
import { type Delta, equalStates, joinPieces, type PageRef, type ZoneState } from '@zonecast/zone'
import type { CommitOutcome, ContentInput, WriteContext, ZoneDatabase, ZoneRecord } from '../database/zone-database.ts'
import { type MergePlan, type MergeSummary, worthwhileOctets } from './content-merge.ts'
import { type DataErrors, maxListed } from './data-errors.ts'
import type { DataReport, ImportJob } from './import-job.ts'
import type { ImportRequest, ImportResult } from './import-request.ts'
import { noContent } from './live-feed.ts'
import { putsOf } from './merge-ops.ts'
import { errorsOfRefusal, errorsOfViolations } from './refusal-errors.ts'
import { runMerge } from './stage-run.ts'
import { VersionReader } from './version-reader.ts'

export interface ZoneImportPorts {
  readonly database: ZoneDatabase
  /** Opens the job when there is data; a small zone's data is all there by then, and may be worked up in this thread. */
  readonly openJob: (isSmall: boolean) => Promise<OpenedJob>
}

export interface OpenedJob {
  readonly job: ImportJob
  /** The zone as it was when the job was opened. */
  readonly live: ZoneRecord | undefined
}

/** Data up to here is worked up in the main thread, and content up to here is committed in one transaction. */
const smallOctets = 65_536
/** A merge of up to so many RRs into a zone is a change set, which costs what it changes. */
const changeSetRRs = 2000
/** How often work is done again because the zone moved meanwhile. */
const maxAttempts = 5
const livePartOctets = 524_288

/** Push the data, then `finish`; or `abort`, at any time before `finish`, which leaves nothing behind. */
export class ZoneImport {
  readonly #ports: ZoneImportPorts
  readonly #request: ImportRequest
  /** Of header and data, to know a repeated request by; absent where there is no request id. */
  readonly #hash: Hash | undefined
  #first: Uint8Array[] = []
  #firstOctets = 0
  #opened: Promise<OpenedJob> | undefined

  constructor(ports: ZoneImportPorts, request: ImportRequest) {
    this.#ports = ports
    this.#request = request
    if (request.context.requestId !== '' && !request.bodyHash) this.#hash = createHash('sha256').update(request.headerOctets())
  }

  /** The next data; done when more is welcome. */
  async push(bytes: Uint8Array): Promise<void> {
    this.#hash?.update(bytes)
    if (this.#opened === undefined) {
      this.#first.push(bytes)
      this.#firstOctets += bytes.length
      if (this.#firstOctets > smallOctets) await this.#start(false)
      return
    }
    const { job } = await this.#opened
    await job.push(bytes)
  }

  /** The data is complete. `before` is waited for before the zone is looked at. Refusals are results, faults of ours throw. */
  async finish(before: Promise<unknown>): Promise<ImportResult> {
    try {
      if (this.#opened !== undefined) {
        const { job } = await this.#opened
        const report = await job.end()
        await before
        return await this.#outcome(job, report)
      }
      await before
      const { job, live } = await this.#start(true)
      return await this.#outcome(job, await job.end(), { zone: live })
    } finally {
      await this.abort()
    }
  }

  async abort(): Promise<void> {
    this.#first = []
    const opened = await this.#opened?.catch(() => undefined)
    await opened?.job.close()
  }

  async #start(isSmall: boolean): Promise<OpenedJob> {
    this.#opened = this.#ports.openJob(isSmall)
    const opened = await this.#opened
    for (const bytes of this.#first.splice(0)) await opened.job.push(bytes)
    return opened
  }

  /** `known` is the zone as it was a moment ago, where it was looked at; the commit sees to it that it has not moved since. */
  async #outcome(job: ImportJob, report: DataReport, known?: Known): Promise<ImportResult> {
    if (report.count > 0) return refused(report, await this.#allErrors(job, report))
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#try(job, report, attempt === 1 ? known : undefined)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        if (error.code === Code.Aborted && this.#mayTryAgain && attempt < maxAttempts) continue
        return { ...refused(report, errorsOfRefusal(error)), code: error.code, refusal: error }
      }
    }
  }

  /** What the zone holds is worked into a merge, and may be overwritten; else the caller has to see what it replaces. */
  get #mayTryAgain(): boolean {
    const { mode, overwrite, expectedVersion } = this.#request
    return (mode === 'merge' || overwrite) && expectedVersion === 0n
  }

  /** Errors of the data, and what the rules say to the rest of it, so that all can be mended at once. */
  async #allErrors(job: ImportJob, report: DataReport): Promise<DataErrors> {
    const { apex, mode } = this.#request
    if (mode === 'merge') return report
    const step = await job.merge({ apex, mode, deltaOctets: 0, build: false })
    if (step.kind !== 'live') throw new Error('a merge begins with the present content')
    const end = await job.next(noContent)
    if (end.kind !== 'end') throw new Error('a merge that builds nothing has two steps')
    // What is missing may stand in a line that could not be read.
    const { violations, violationCount } = end.summary
    const found = violations.filter(({ reason }) => reason !== 'SOA_RULE' && reason !== 'APEX_NS_MISSING')
    const further = await located(job, found, violationCount - violations.length + found.length)
    return { errors: [...report.errors, ...further.errors].slice(0, maxListed), count: report.count + further.count }
  }

  async #try(job: ImportJob, report: DataReport, known?: Known): Promise<ImportResult> {
    const live = known ? known.zone : await this.#ports.database.getZone(this.#request.zone)
    if (live !== undefined && this.#request.mode === 'merge' && !this.#request.mustBeNew) {
      const data = await job.take(changeSetRRs)
      if (data !== undefined) return this.#applyMerge(data, report)
    }
    const isSmall = report.octets <= smallOctets && (live?.header.contentOctets ?? 0) <= 4 * smallOctets
    return isSmall ? this.#replaceAtOnce(job, report, live) : this.#replaceByStage(job, report)
  }

  async #applyMerge(data: readonly Uint8Array[], report: DataReport): Promise<ImportResult> {
    const { zone, expectedVersion, dryRun, force } = this.#request
    const asked = { zone, expectedVersion, expectedGeneration: 0n, dryRun, force }
    const input = { ...asked, method: 'ImportZone', ops: putsOf(data), ...this.#context() }
    return this.#taken(report, await this.#ports.database.applyChanges(input))
  }

  async #replaceAtOnce(job: ImportJob, report: DataReport, live: ZoneRecord | undefined): Promise<ImportResult> {
    const pages: PageRef[] = []
    const pieces: Delta[] = []
    const write = async (more: readonly PageRef[], delta: Delta) => {
      pages.push(...more)
      pieces.push(delta)
    }
    const summary = await runMerge(job, this.#plan(report, live), this.#reader(live), { write })
    if (summary.violationCount > 0) return refused(report, await located(job, summary.violations, summary.violationCount))
    const delta = live !== undefined && summary.hasDelta ? joinPieces(pieces) : undefined
    const input = { ...this.#content(summary), pages, began: live?.header.state, ...(delta && { delta }) }
    return this.#taken(report, await this.#ports.database.replaceContent(input), summary)
  }

  async #replaceByStage(job: ImportJob, report: DataReport): Promise<ImportResult> {
    const { database } = this.#ports
    const { zone, dryRun } = this.#request
    const { stage, began } = await database.beginStage(zone)
    let isCommitted = false
    try {
      const live = await this.#liveAt(began)
      const write = async (pages: readonly PageRef[], delta: Delta) => {
        if (dryRun) return
        if (pages.length > 0) await database.writeStage(stage, pages)
        if (delta.removed.length > 0 || delta.added.length > 0) await database.writeStageDelta(stage, delta)
      }
      const summary = await runMerge(job, this.#plan(report, live), this.#reader(live), { write })
      if (summary.violationCount > 0) return refused(report, await located(job, summary.violations, summary.violationCount))
      const hasDelta = live !== undefined && summary.hasDelta
      const outcome = await database.commitStage({ ...this.#content(summary), stage, hasDelta })
      isCommitted = outcome.effect.changed && !dryRun
      return this.#taken(report, outcome, summary)
    } finally {
      if (!isCommitted) await database.abortStage(stage)
    }
  }

  /** The zone as the stage found it. */
  async #liveAt(began: ZoneState | undefined): Promise<ZoneRecord | undefined> {
    const { zone } = this.#request
    const live = await this.#ports.database.getZone(zone)
    const isSame = live === undefined ? began === undefined || began.deleted : began && equalStates(live.header.state, began)
    if (!isSame)
      throw versionMoved(
        { zone },
        `${zone} moved while its import began; try again, or say overwrite where what came meanwhile may go`,
      )
    return live
  }

  #plan(report: DataReport, live: ZoneRecord | undefined): MergePlan {
    const { apex, mode } = this.#request
    const keepsSOA = mode === 'merge' && live !== undefined && !report.hasSOA
    const deltaOctets = live === undefined ? 0 : Math.max(live.header.contentOctets, worthwhileOctets)
    return { apex, mode, deltaOctets, build: true, ...(keepsSOA && { soa: live.header.soa }) }
  }

  #reader(live: ZoneRecord | undefined): VersionReader | undefined {
    if (live === undefined) return undefined
    const { zone } = this.#request
    return new VersionReader(this.#ports.database, { zone, state: live.header.state, partOctets: livePartOctets })
  }

  #content(summary: MergeSummary): ContentInput {
    const { apex, mode, force, dryRun, overwrite, expectedVersion, settings, notesAsOf } = this.#request
    // A merge is an edit of the zone, and edits make their own serials.
    const continueSerial = this.#request.continueSerial === true || mode === 'merge'
    const { violations: _, violationCount: _count, warningCount: _warnings, hasDelta: _delta, soa, ...content } = summary
    const { method, mustBeNew = false, owners, makesWithin } = this.#request
    const made = { ...(settings && { settings }), ...(owners && { owners }), ...(makesWithin && { makesWithin }) }
    const given = { ...made, ...(notesAsOf !== undefined && { notesAsOf }), ...(method && { method }) }
    const asked = { apex, force, dryRun, overwrite, mustBeNew, expectedVersion, continueSerial, ...given }
    return { ...asked, ...content, soa: soa!, ...this.#context() }
  }

  #taken({ rrCount, hasSOA, warnings: remarks }: DataReport, outcome: CommitOutcome, summary?: MergeSummary): ImportResult {
    // Where the data has no SOA, its serial is none of the caller's.
    const warnings = [...remarks, ...outcome.warnings.filter(({ reason }) => hasSOA || reason !== 'SERIAL_REPLACED')]
    const unlisted = summary === undefined ? 0 : summary.warningCount - summary.warnings.length
    return { outcome, code: 0, errors: noErrors, warnings, warningCount: warnings.length + unlisted, rrCount }
  }

  #context(): WriteContext {
    const bodyHash = this.#request.bodyHash ?? (this.#hash ? new Uint8Array(this.#hash.copy().digest()) : noHash)
    return { ...this.#request.context, bodyHash }
  }
}

/** A zone that was looked at; undefined when there is none. */
interface Known {
  readonly zone: ZoneRecord | undefined
}

const noHash = new Uint8Array(32)
const noErrors: DataErrors = { errors: [], count: 0 }

/** Violations as errors, each with the line that made it. */
async function located(job: ImportJob, violations: readonly Violation[], count: number): Promise<DataErrors> {
  const lines = await job.locate(violations.map(({ subject }) => subject))
  return errorsOfViolations(violations, count, lines)
}

function refused(report: DataReport, errors: DataErrors): ImportResult {
  return { code: Code.InvalidArgument, errors, warnings: [], warningCount: 0, rrCount: report.rrCount }
}
