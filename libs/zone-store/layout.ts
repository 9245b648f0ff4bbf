/** Keys and records of the store: one LMDB key space, binary throughout. */
import { formatName, foldName, parseName, zoneKeyOf, type Name } from '@zonecast/dns'
import type { VersionHeader, ZoneState } from '@zonecast/zone'

/** Layout of keys and records; a folder with another number is refused. */
export const formatVersion = 2

const kind = { meta: 0, zone: 1, page: 2, journal: 3, stage: 4, garbage: 5 } as const

/** A zone as the store has it, a tombstone included. */
export interface StoredZone {
  /** Zone key: the apex in lower-case presentation format. */
  readonly zone: string
  readonly apex: Name
  /** The zone's number in this store. */
  readonly number: number
  /** The number under which its pages stand; 0 for a tombstone. */
  readonly content: number
  readonly header: VersionHeader
  readonly shard: number
  /** Position of the state in its shard's order, within the store's log id; 0 where it is not known. */
  readonly position: bigint
  /** The shard's epoch in which the position was written; in a later one it is void. */
  readonly epoch: number
  /** When the state was committed here, in Unix milliseconds. */
  readonly appliedAt: number
}

export function metaKey(name: string): Uint8Array {
  return Buffer.concat([Buffer.of(kind.meta), Buffer.from(name, 'latin1')])
}

/** Key of a zone's record: the apex in lower-cased wire format. */
export function zoneRecordKey(apex: Name): Uint8Array {
  return Buffer.concat([Buffer.of(kind.zone), foldName(apex)])
}

export function pageKey(content: number, key: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(5 + key.length)
  bytes[0] = kind.page
  bytes.writeUInt32BE(content, 1)
  bytes.set(key, 5)
  return bytes
}

/** The page's own key out of its key in the store. */
export function keyOfPage(stored: Uint8Array): Uint8Array {
  return stored.subarray(5)
}

/** First and last possible key of a content's pages. */
export function contentRange(content: number): { start: Uint8Array; end: Uint8Array } {
  return { start: numberKey(kind.page, content), end: numberKey(kind.page, content + 1) }
}

export function journalKey(zone: number, generation: bigint, version: bigint): Uint8Array {
  const bytes = Buffer.allocUnsafe(21)
  bytes[0] = kind.journal
  bytes.writeUInt32BE(zone, 1)
  bytes.writeBigUInt64BE(generation, 5)
  bytes.writeBigUInt64BE(version, 13)
  return bytes
}

export function journalRange(zone: number): { start: Uint8Array; end: Uint8Array } {
  return { start: numberKey(kind.journal, zone), end: numberKey(kind.journal, zone + 1) }
}

/** Key of a stage that has not been flipped; what stands here at start is swept. */
export function stageKey(content: number): Uint8Array {
  return numberKey(kind.stage, content)
}

/** Key of a content that nobody uses any more and that is removed in slices. */
export function garbageKey(content: number): Uint8Array {
  return numberKey(kind.garbage, content)
}

/** All keys of stages and garbage. */
export const leftoverRange = { start: Buffer.of(kind.stage), end: Buffer.of(kind.garbage + 1) }
export const zoneRange = { start: Buffer.of(kind.zone), end: Buffer.of(kind.zone + 1) }

/** The content number in a stage or garbage key. */
export function contentOfLeftover(key: Uint8Array): number {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).readUInt32BE(1)
}

function numberKey(first: number, number: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(5)
  bytes[0] = first
  bytes.writeUInt32BE(number, 1)
  return bytes
}

/** Octets of a record before its parts of variable length. */
const fixedOctets = 115

export function encodeZone(stored: StoredZone): Uint8Array {
  const { header } = stored
  const placement = Buffer.from(header.placement, 'latin1')
  const bytes = Buffer.alloc(fixedOctets + placement.length + header.soa.length + header.settings.length + stored.apex.length)
  encodeState(bytes, 0, header.state)
  bytes.writeBigUInt64BE(header.settingsVersion, 53)
  bytes.writeUInt32BE(header.rrCount, 61)
  bytes.writeUInt32BE(header.rrsetCount, 65)
  bytes.writeDoubleBE(header.contentOctets, 69)
  bytes.writeUInt32BE(stored.number, 77)
  bytes.writeUInt32BE(stored.content, 81)
  bytes[85] = stored.shard
  bytes.writeBigUInt64BE(stored.position, 86)
  bytes.writeDoubleBE(stored.appliedAt, 94)
  bytes[102] = placement.length
  bytes.writeUInt16BE(header.soa.length, 103)
  bytes.writeUInt32BE(header.settings.length, 105)
  bytes.writeUInt16BE(stored.apex.length, 109)
  bytes.writeUInt32BE(stored.epoch, 111)
  let at = fixedOctets
  for (const part of [placement, header.soa, header.settings, stored.apex]) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

export function decodeZone(record: Uint8Array): StoredZone {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength)
  const lengths = [bytes[102] as number, bytes.readUInt16BE(103), bytes.readUInt32BE(105), bytes.readUInt16BE(109)]
  let at = fixedOctets
  const [placement, soa, settings, apex] = lengths.map((length) => Uint8Array.from(bytes.subarray(at, (at += length)))) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  return {
    zone: zoneKeyOf(apex),
    apex,
    number: bytes.readUInt32BE(77),
    content: bytes.readUInt32BE(81),
    shard: bytes[85] as number,
    position: bytes.readBigUInt64BE(86),
    epoch: bytes.readUInt32BE(111),
    appliedAt: bytes.readDoubleBE(94),
    header: {
      state: decodeState(bytes, 0),
      soa,
      settings,
      settingsVersion: bytes.readBigUInt64BE(53),
      rrCount: bytes.readUInt32BE(61),
      rrsetCount: bytes.readUInt32BE(65),
      contentOctets: bytes.readDoubleBE(69),
      placement: Buffer.from(placement).toString('latin1'),
    },
  }
}

/** True when a record holds this very state under the same content; cheaper than decoding it. A mend changes the content alone. */
export function recordIsAt(record: Uint8Array, { header: { state }, content }: StoredZone): boolean {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength)
  return (
    bytes.readBigUInt64BE(8) === state.version &&
    bytes.readBigUInt64BE(0) === state.generation &&
    bytes.readUInt32BE(81) === content
  )
}

/** 53 octets: generation, version, serial, deleted, digest. */
export function encodeState(bytes: Buffer, at: number, state: ZoneState): void {
  bytes.writeBigUInt64BE(state.generation, at)
  bytes.writeBigUInt64BE(state.version, at + 8)
  bytes.writeUInt32BE(state.serial, at + 16)
  bytes[at + 20] = state.deleted ? 1 : 0
  bytes.set(state.digest, at + 21)
}

export function decodeState(bytes: Buffer, at: number): ZoneState {
  const deleted = bytes[at + 20] === 1
  return {
    generation: bytes.readBigUInt64BE(at),
    version: bytes.readBigUInt64BE(at + 8),
    serial: bytes.readUInt32BE(at + 16),
    deleted,
    digest: deleted ? new Uint8Array(0) : Uint8Array.from(bytes.subarray(at + 21, at + 53)),
  }
}

/** The apex of a zone key. */
export function apexOf(zone: string): Name {
  return parseName(zone)
}

/** What to call a zone in a message. */
export function describeZone(stored: StoredZone): string {
  return `${formatName(stored.apex)} at version ${stored.header.state.version}`
}
