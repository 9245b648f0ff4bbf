/** Imports of zones of any size, with a bound on what runs at once. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { defaultSettings, type ZoneDatabase } from '../database/zone-database.ts'
import { type ImportJob, type JobOptions, LocalJob } from './import-job.ts'
import { defaultRecords, type ImportRequest } from './import-request.ts'
import { ThreadJob } from './import-thread.ts'
import { Slots } from './slots.ts'
import { ZoneImport } from './zone-import.ts'

export interface ImporterOptions {
  readonly database: ZoneDatabase
  /** A folder of its own for sorted runs; what an earlier run of the program left there is removed. */
  readonly folder: string
  /** Large imports that are worked up at once. */
  readonly maxThreads?: number
  /** Memory for RRs and keys of one import before they go to disk. */
  readonly runOctets?: number
}

export class Importer {
  readonly #options: ImporterOptions
  readonly #threads: Slots
  readonly #jobs = new Set<ImportJob>()

  constructor(options: ImporterOptions) {
    this.#options = options
    this.#threads = new Slots(options.maxThreads ?? 2)
    rmSync(options.folder, { recursive: true, force: true })
    mkdirSync(options.folder, { recursive: true, mode: 0o700 })
  }

  /** Begins the import of one zone. */
  open(request: ImportRequest): ZoneImport {
    const { database } = this.#options
    const openJob = async (isSmall: boolean) => {
      const live = await database.getZone(request.zone)
      const { defaultTtl, minTtl, maxTtl } = live?.settings ?? request.settings ?? defaultSettings
      const { apex, format, records = defaultRecords, mode, method, force } = request
      // What comes back from the zone's own history was taken once: neither bounds nor a ZONEMD of before keep it out.
      const isForeign = method === undefined
      const bounds = isForeign && (minTtl > 0 || maxTtl > 0) ? { ttlBounds: { minTtl, maxTtl } } : {}
      const checks = { ...bounds, records, isWhole: isForeign && mode === 'replace', isForced: force }
      const { folder, runOctets } = this.#options
      const own = { folder: join(folder, randomUUID()), ...(runOctets === undefined ? {} : { runOctets }) }
      return { job: await this.#openJob({ apex: apex.slice(), format, defaultTtl, ...checks, ...own }, isSmall), live }
    }
    return new ZoneImport({ database, openJob }, request)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#jobs].map((job) => job.close()))
  }

  async #openJob(options: JobOptions, isSmall: boolean): Promise<ImportJob> {
    if (isSmall) return new LocalJob(options)
    const release = await this.#threads.take()
    const job = new ThreadJob(options, () => {
      release()
      this.#jobs.delete(job)
    })
    this.#jobs.add(job)
    return job
  }
}
