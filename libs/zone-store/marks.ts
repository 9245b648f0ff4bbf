/** Where an edge stands in each shard, written with the data that makes it true. */
import { metaKey } from './layout.ts'
import type { Database } from './page-reader.ts'
import { readSpare } from './seal.ts'

/** Positions of one shard within a log id. */
export interface ShardMark {
  readonly logId: Uint8Array
  readonly shard: number
  /** Everything up to here is applied. */
  readonly position: bigint
  /** Everything up to here is answered. */
  readonly answered: bigint
}

/** What an edge follows. */
export interface Marks {
  /** Empty where no log was followed yet. */
  readonly logId: Uint8Array
  /** The placements that the positions are for. */
  readonly placements: readonly string[]
  readonly shards: readonly Omit<ShardMark, 'logId'>[]
}

/** A write of ours. */
export interface Put {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

export const shardCount = 64

const followedKey = metaKey('followed')
const markKey = (shard: number) => metaKey(`mark.${shard}`)
const markOctets = 20

/** A shard's mark as stored: position, answered, and the epoch in which stamps are good. */
interface StoredMark {
  readonly position: bigint
  readonly answered: bigint
  readonly epoch: number
}

function readMark(database: Database, shard: number): StoredMark {
  const value = readSpare(database, markKey(shard))
  if (value === undefined) return { position: 0n, answered: 0n, epoch: 1 }
  return { position: value.readBigUInt64BE(0), answered: value.readBigUInt64BE(8), epoch: value.readUInt32BE(16) }
}

function putMark(shard: number, { position, answered, epoch }: StoredMark): Put {
  const value = Buffer.alloc(markOctets)
  value.writeBigUInt64BE(position, 0)
  value.writeBigUInt64BE(answered, 8)
  value.writeUInt32BE(epoch, 16)
  return { key: markKey(shard), value }
}

/** The epoch in which stamps of a shard are good: it moves when the shard is listed anew. */
export function epochOf(database: Database, shard: number): number {
  return readMark(database, shard).epoch
}

export function readMarks(database: Database): Marks {
  const { logId, placements } = readFollowed(database)
  const shards = Array.from({ length: shardCount }, (_, shard) => {
    const { position, answered } = readMark(database, shard)
    return { shard, position, answered }
  })
  return { logId, placements, shards }
}

/** The write of a mark; none where the store follows another log by now. */
export function markPuts(database: Database, mark: ShardMark | undefined): Put[] {
  if (mark === undefined) return []
  const { logId } = readFollowed(database)
  if (Buffer.compare(logId, mark.logId) !== 0) return []
  const { epoch } = readMark(database, mark.shard)
  return [putMark(mark.shard, { position: mark.position, answered: mark.answered, epoch })]
}

/** The writes that put shards back to 0 and void their stamps, without touching a zone. */
export function restartPuts(database: Database, followed: Pick<Marks, 'logId' | 'placements'>, shards: readonly number[]): Put[] {
  const marks = shards.map((shard) => putMark(shard, { position: 0n, answered: 0n, epoch: readMark(database, shard).epoch + 1 }))
  return [{ key: followedKey, value: encodeFollowed(followed) }, ...marks]
}

function encodeFollowed({ logId, placements }: Pick<Marks, 'logId' | 'placements'>): Uint8Array {
  return Buffer.concat([Buffer.of(logId.length), logId, Buffer.from(placements.join(' '), 'latin1')])
}

function readFollowed(database: Database): Pick<Marks, 'logId' | 'placements'> {
  const value = readSpare(database, followedKey)
  if (value === undefined) return { logId: new Uint8Array(0), placements: [] }
  const end = 1 + (value[0] as number)
  const names = value.subarray(end).toString('latin1')
  return { logId: Uint8Array.from(value.subarray(1, end)), placements: names === '' ? [] : names.split(' ') }
}
