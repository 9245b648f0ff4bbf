/** What one state of a zone changes in the store, worked out before the first write. */
import {
  applyDelta,
  applyDeltaToDigest,
  arrayReader,
  DeltaError,
  digestOf,
  unpackRRs,
  type PageRef,
  type VersionHeader,
  WalkError,
  type ZoneState,
} from '@zonecast/zone'
import { decodeRR, TYPE, WireError } from '@zonecast/dns'
import { Directory } from './directory.ts'
import { journalEntry, outdatedEntries } from './journal.ts'
import { apexOf, decodeZone, encodeZone, garbageKey, metaKey, pageKey, zoneRecordKey, type StoredZone } from './layout.ts'
import { encodeLevels, type Levels } from './levels.ts'
import { epochOf, markPuts, type Put, type ShardMark } from './marks.ts'
import { pageReader } from './page-reader.ts'
import { readSpare } from './seal.ts'
import { checkBase, checkFence, type Fence, StoreRefusal } from './refusal.ts'
import type { ApplyInput, RemoveInput } from './store-types.ts'
import type { StoreContext } from './zone-store.ts'

/** Writes and removals that belong together, and what memory shall say afterwards. */
export interface Plan {
  readonly stored: StoredZone
  /** Page keys of the new state; absent for a tombstone. */
  readonly directory?: Directory
  readonly puts: readonly Put[]
  readonly removes: readonly Uint8Array[]
  /** Contents that nobody uses after this. */
  readonly garbage: readonly number[]
}

/** The record of a zone as the present transaction sees it. */
export function readZone(context: StoreContext, zone: string): StoredZone | undefined {
  const key = zoneRecordKey(apexOf(zone))
  const record = readSpare(context.database, key)
  // Where the record is damaged or lost, memory knows what stood there.
  return record ? decodeZone(record) : context.catalog.get(zone)
}

/** A delta on what is there, or a whole small zone. Throws `StoreRefusal`, and then nothing was written. */
export function planApply(context: StoreContext, input: ApplyInput): Plan {
  const before = readZone(context, input.zone)
  const have = before?.header.state
  checkFence(input.zone, input.header.state, have)
  if (input.base === undefined) return planWhole(context, input, before)
  checkBase(input.zone, input.base, have)
  return refusingMalformed(input.zone, have, () => planDelta(context, input, before as StoredZone, input.base as ZoneState))
}

function planDelta(context: StoreContext, input: ApplyInput, before: StoredZone, base: ZoneState): Plan {
  const { header, delta } = input
  const digest = applyDeltaToDigest(
    base.digest,
    {
      oldSoa: before.header.soa,
      newSoa: header.soa,
      oldSettings: before.header.settings,
      newSettings: header.settings,
      delta,
    },
    context.sha256,
  )
  checkDigest(input.zone, header, digest, base)
  const directory = context.directoryOf(before)
  const { puts, deletes } = applyDelta(pageReader(context.database, before.content, directory, context.signals), delta)
  const stored = storedOf(context, input, before, before.content)
  const entry = journalEntry(before.number, base, header.state, delta)
  return {
    stored,
    directory: directory.patched(puts, deletes),
    puts: [...pagePuts(before.content, puts), ...(entry ? [entry] : []), ...recordPuts(context, before, stored, input)],
    removes: [
      ...deletes.map((key) => pageKey(before.content, key)),
      ...outdatedEntries(context.database, before.number, context.journalVersions, base, header.state),
    ],
    garbage: [],
  }
}

/** A whole zone in one delta from nothing, under a new content number. */
function planWhole(context: StoreContext, input: ApplyInput, before: StoredZone | undefined): Plan {
  const { header, delta } = input
  const have = before?.header.state
  return refusingMalformed(input.zone, have, () => {
    if (delta.removed.length > 0) throw new StoreRefusal('MALFORMED', `${input.zone}: a delta from nothing removes RRs`, have)
    const { puts: pages } = applyDelta(arrayReader([]), delta)
    checkDigest(input.zone, header, digestOf(unpackRRs(delta.added), header.soa, header.settings, context.sha256), have)
    const content = context.numbers.take()
    const stored = storedOf(context, input, before, content)
    return {
      stored,
      directory: new Directory(pages.map(({ key }) => key)),
      ...replacing(before, [...pagePuts(content, pages), ...recordPuts(context, before, stored, input)]),
    }
  })
}

/** A tombstone. */
export function planRemoval(context: StoreContext, input: RemoveInput): Plan {
  const before = readZone(context, input.zone)
  checkFence(input.zone, input.state, before?.header.state, { reset: input.reset })
  const nothing = new Uint8Array(0)
  const header: VersionHeader = {
    state: input.state,
    soa: nothing,
    settings: nothing,
    settingsVersion: before?.header.settingsVersion ?? 0n,
    rrCount: 0,
    rrsetCount: 0,
    contentOctets: 0,
    placement: input.placement,
  }
  const stored = storedOf(context, { ...input, header }, before, 0)
  return { stored, ...replacing(before, recordPuts(context, before, stored, input)) }
}

/** The same state at another position; a position is only ever raised within its epoch. */
export function planTouch(context: StoreContext, zone: string, position: bigint, written: Written): Plan {
  const before = readZone(context, zone)
  if (before === undefined) throw new Error(`${zone} is not in the store`)
  const stored = { ...before, ...stampOf(context, before.shard, position, before) }
  const directory = before.header.state.deleted ? {} : { directory: context.directoryOf(before) }
  return { stored, ...directory, puts: recordPuts(context, before, stored, written), removes: [], garbage: [] }
}

/** The flip of a stage whose pages are on disk already. */
export function planFlip(
  context: StoreContext,
  input: Omit<ApplyInput, 'delta' | 'base'>,
  content: number,
  leftover: Uint8Array,
  fence: Fence = {},
): Plan {
  const before = readZone(context, input.zone)
  checkFence(input.zone, input.header.state, before?.header.state, fence)
  const stored = storedOf(context, input, before, content)
  const plan = replacing(before, recordPuts(context, before, stored, input))
  return { stored, ...plan, removes: [...plan.removes, leftover] }
}

export function checkDigest(zone: string, header: VersionHeader, digest: Uint8Array, have: ZoneState | undefined): void {
  if (Buffer.compare(digest, header.state.digest) === 0) return
  throw new StoreRefusal(
    'DIGEST_MISMATCH',
    `${zone}: version ${header.state.version} should have digest ${hex(header.state.digest)} but comes out as ${hex(digest)}`,
    have,
  )
}

/** Malformed RRs and deltas that do not fit are refusals of the sender's data, not faults of ours. */
export function refusingMalformed<T>(zone: string, have: ZoneState | undefined, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof DeltaError)
      throw new StoreRefusal('DIGEST_MISMATCH', `${zone}: ${error.message}`, have, { cause: error })
    if (error instanceof WalkError) {
      const reason = error.reason === 'ORDER' ? 'MALFORMED' : 'DIGEST_MISMATCH'
      throw new StoreRefusal(reason, `${zone}: ${error.message}`, have, { cause: error })
    }
    if (error instanceof WireError) throw new StoreRefusal('MALFORMED', `${zone}: ${error.message}`, have, { cause: error })
    throw error
  }
}

interface Placed {
  readonly zone: string
  readonly shard: number
  readonly position: bigint
  readonly header: VersionHeader
}

/** What is written in the same transaction beside a zone. */
export interface Written {
  readonly levels?: Levels | undefined
  readonly mark?: ShardMark | undefined
}

/** The stamp that a zone gets: the newer of what it has in this epoch and what came. */
function stampOf(context: StoreContext, shard: number, position: bigint, before: StoredZone | undefined) {
  const epoch = epochOf(context.database, shard)
  const held = before?.epoch === epoch ? before.position : 0n
  return { epoch, position: position > held ? position : held }
}

function storedOf(context: StoreContext, input: Placed, before: StoredZone | undefined, content: number): StoredZone {
  const apex = before?.apex ?? apexOf(input.zone)
  if (!input.header.state.deleted) checkSoa(input.zone, input.header, before?.header.state)
  return {
    zone: input.zone,
    apex,
    number: before?.number ?? context.numbers.take(),
    content,
    header: input.header,
    shard: input.shard,
    ...stampOf(context, input.shard, input.position, before),
    appliedAt: context.clock.now(),
  }
}

/** What is committed has to be servable: the digest says only that the SOA is the one that was sent. */
function checkSoa(zone: string, { soa }: VersionHeader, have: ZoneState | undefined): void {
  const { type } = refusingMalformed(zone, have, () => decodeRR(soa))
  if (type !== TYPE.SOA) throw new StoreRefusal('MALFORMED', `${zone}: it has no SOA`, have)
}

/** What a state that does not build on the present content leaves behind: the old content, noted so that a crash does not lose it. */
function replacing(before: StoredZone | undefined, puts: Plan['puts']): Pick<Plan, 'puts' | 'removes' | 'garbage'> {
  if (before === undefined || before.content === 0) return { puts, removes: [], garbage: [] }
  const note = { key: garbageKey(before.content), value: Buffer.of(1) }
  return { puts: [...puts, note], removes: [], garbage: [before.content] }
}

function pagePuts(content: number, pages: readonly PageRef[]): Plan['puts'] {
  return pages.map((page) => ({ key: pageKey(content, page.key), value: page.content }))
}

function recordPuts(context: StoreContext, before: StoredZone | undefined, stored: StoredZone, { levels, mark }: Written): Put[] {
  const record = { key: zoneRecordKey(stored.apex), value: encodeZone(stored) }
  const positions = levels ? [{ key: metaKey('levels'), value: encodeLevels(levels) }] : []
  return [record, ...context.tombstones.puts(before, stored), ...positions, ...markPuts(context.database, mark)]
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').slice(0, 16)
}
