/** Sorts any number of RRs into canonical order in bounded memory. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { RR } from '@zonecast/dns'
import { lineOf, RunBuffer, storedOf } from './run-buffer.ts'
import { RunReader, RunWriter } from './run-file.ts'
import { RunMerge } from './run-merge.ts'

export interface SorterOptions {
  /** Folder of its own for runs; made when the first run is written, removed by `close`. */
  readonly folder: string
  /** Length of the apex name in wire format: all owners end in it. */
  readonly apexOctets: number
  /** Octets of RRs and keys kept in memory before a run is written. */
  readonly runOctets?: number
  /** Runs merged at once; more are merged in several passes. */
  readonly maxRuns?: number
}

export interface LinedRR {
  readonly stored: Uint8Array
  /** Line of the data; 0 where there is none. */
  readonly line: number
}

const defaultRunOctets = 16 * 1024 * 1024
/** Memory that the buffers of a merge share. */
const mergeOctets = 8 * 1024 * 1024

/** Takes RRs by `add`, then gives them as stored RRs by `read`, as often as wanted, until `close`. */
export class RRSorter {
  readonly #folder: string
  readonly #maxRuns: number
  readonly #buffer: RunBuffer
  #runs: string[] = []
  #made = 0
  #order: Uint32Array | undefined

  constructor(options: SorterOptions) {
    this.#folder = options.folder
    this.#maxRuns = options.maxRuns ?? 128
    this.#buffer = new RunBuffer(options.runOctets ?? defaultRunOctets, options.apexOctets)
  }

  /** Runs on disk. */
  get runs(): number {
    return this.#runs.length
  }

  add(rr: RR, line = 0): void {
    if (this.#buffer.add(rr, line)) return
    this.#spill()
    this.#buffer.add(rr, line)
  }

  /** All that was added is sorted. What fits in memory never touches the disk. */
  finish(): void {
    if (this.#runs.length === 0) {
      this.#order = this.#buffer.sorted()
      return
    }
    if (this.#buffer.count > 0) this.#spill()
    this.#buffer.close()
  }

  /** The stored RRs in canonical order; of RRs equal but for TTL and case the first to come is first. Views stay good until `close`. */
  read(): Generator<Uint8Array, void, undefined> {
    return this.#each(storedOf)
  }

  /** The same, with the lines they came from. */
  readLines(): Generator<LinedRR, void, undefined> {
    return this.#each((bytes, entry) => ({ stored: storedOf(bytes, entry), line: lineOf(bytes, entry) }))
  }

  *#each<T>(pick: (bytes: Uint8Array, entry: number) => T): Generator<T, void, undefined> {
    if (this.#order !== undefined) {
      const { bytes } = this.#buffer
      for (const entry of this.#order) yield pick(bytes, entry)
      return
    }
    const runs = this.#open(this.#runs)
    try {
      const merge = new RunMerge(runs)
      for (let run = merge.next(); run !== undefined; run = merge.next()) yield pick(run.bytes, run.entry)
    } finally {
      for (const run of runs) run.close()
    }
  }

  close(): void {
    this.#buffer.close()
    this.#order = undefined
    if (this.#made > 0) rmSync(this.#folder, { recursive: true, force: true })
  }

  #spill(): void {
    const writer = this.#newRun()
    const { bytes } = this.#buffer
    for (const entry of this.#buffer.sorted()) writer.write(bytes, entry)
    this.#runs.push(writer.finish())
    this.#buffer.clear()
    if (this.#runs.length >= this.#maxRuns) this.#mergeRuns()
  }

  #newRun(): RunWriter {
    if (this.#made === 0) mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    return new RunWriter(join(this.#folder, `run-${this.#made++}`))
  }

  /** Makes one run of all, so that open files and buffers stay bounded. */
  #mergeRuns(): void {
    const writer = this.#newRun()
    const runs = this.#open(this.#runs)
    const merge = new RunMerge(runs)
    for (let run = merge.next(); run !== undefined; run = merge.next()) writer.write(run.bytes, run.entry)
    for (const run of runs) run.remove()
    this.#runs = [writer.finish()]
  }

  #open(paths: readonly string[]): RunReader[] {
    const blockOctets = Math.max(16_384, Math.min(262_144, Math.floor(mergeOctets / paths.length)))
    return paths.map((path) => new RunReader(path, blockOctets))
  }
}
