/** A checksum on every value of the store: a bit that flips on disk is found where it is read. */
import { crc32 } from 'node:zlib'
import type { Database } from './page-reader.ts'

/** A value is not what was written. */
export class StoreDamage extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StoreDamage'
  }
}

/** CRC-32 over key and value, big-endian, behind the value. */
const sealOctets = 4

/** The value as it is stored. The key is in the checksum, so that a value that stands under another key is found as well. */
export function seal(key: Uint8Array, value: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(value.length + sealOctets)
  sealed.set(value)
  sealed.writeUInt32BE(crc32(value, crc32(key)), value.length)
  return sealed
}

/** The value that was sealed; throws `StoreDamage`. About 0.2 µs a kilobyte. */
export function unseal(key: Uint8Array, sealed: Buffer): Buffer {
  const value = withoutSeal(sealed)
  if (sealed.length < sealOctets || sealed.readUInt32BE(value.length) !== crc32(value, crc32(key))) {
    throw new StoreDamage(`the value of key ${Buffer.from(key).toString('hex').slice(0, 80)} was altered on disk`)
  }
  return value
}

/** The value without a look at its seal, where that was checked before. */
export function withoutSeal(sealed: Buffer): Buffer {
  return sealed.subarray(0, Math.max(0, sealed.length - sealOctets))
}

/** Reads what the store can do without: damaged is the same as absent. */
export function readSpare(database: Database, key: Uint8Array): Buffer | undefined {
  const sealed = database.getBinary(key)
  if (sealed === undefined) return undefined
  try {
    return unseal(key, sealed)
  } catch (error) {
    if (error instanceof StoreDamage) return undefined
    throw error
  }
}

/** Writes within the present transaction. */
export function put(database: Database, key: Uint8Array, value: Uint8Array): void {
  database.put(key, seal(key, value))
}
