/** The file of a backup: a manifest, the rows of each table, and a digest over all of it. */
import { createHash, type Hash } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileFault } from '@zonecast/runtime/file-fault'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { packRows, type Row, unpackRows } from './packed-rows.ts'

/**
 *     magic, frame*, SHA-256 over all before
 *     frame: kind u8, length u32 big-endian, payload compressed with Zstandard
 *     frames: manifest, (table, rows*)*, end
 */
const magic = Buffer.from('zonecast backup\n')
const kinds = { manifest: 0, table: 1, rows: 2, end: 3 } as const
/** More is no frame of ours. */
const maxFrameOctets = 64 << 20

export const formatVersion = 1

/** What stands at the beginning of a backup. */
export interface Manifest {
  readonly format: number
  readonly engine: string
  /** In hexadecimal: the log that the positions belong to. */
  readonly logId: string
  /** RFC 3339. */
  readonly takenAt: string
  /** The changes of the schema that the rows are of. */
  readonly migrations: readonly string[]
  /** The newest position of each shard that has one. */
  readonly positions: Readonly<Record<string, number>>
}

/** What a backup comes to. */
export interface Counts {
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>
  readonly zones: number
  readonly tombstones: number
  readonly records: number
}

/** The file is no backup, or not the one that was written. */
export class BackupDamaged extends Error {
  readonly exitCode = 1
}

/** Something stands where the backup was to go, or nothing where it was to come from. */
export class BackupRefused extends Error {
  readonly exitCode = 64
}

/** Writes beside the name it was given, and takes that name when all is on disk; what is there already is never replaced. */
export class BackupWriter {
  readonly #path: string
  readonly #part: string
  readonly #descriptor: number
  readonly #hash: Hash = createHash('sha256')
  #columns: readonly string[] = []
  #octets = 0

  constructor(path: string) {
    this.#path = path
    this.#part = `${path}.${process.pid}.part`
    this.#descriptor = createFile(path, this.#part)
    this.#write(magic)
  }

  get octets(): number {
    return this.#octets
  }

  manifest(manifest: Manifest): void {
    this.#frame(kinds.manifest, Buffer.from(JSON.stringify(manifest)))
  }

  table(name: string, columns: readonly string[]): void {
    this.#columns = columns
    this.#frame(kinds.table, Buffer.from(JSON.stringify({ name, columns })))
  }

  rows(rows: readonly Row[]): void {
    this.#frame(kinds.rows, packRows(this.#columns, rows))
  }

  finish(counts: Counts): void {
    this.#frame(kinds.end, Buffer.from(JSON.stringify(counts)))
    this.#write(this.#hash.copy().digest())
    fsyncSync(this.#descriptor)
    try {
      linkSync(this.#part, this.#path)
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? new BackupRefused(`${this.#path} is there already`) : error
    }
    this.#drop()
    const folder = openSync(dirname(this.#path), 'r')
    fsyncSync(folder)
    closeSync(folder)
  }

  abandon(): void {
    this.#drop()
  }

  #drop(): void {
    closeSync(this.#descriptor)
    unlinkSync(this.#part)
  }

  #frame(kind: number, payload: Buffer): void {
    const content = zstdCompressSync(payload)
    const head = Buffer.alloc(5)
    head.writeUInt8(kind)
    head.writeUInt32BE(content.length, 1)
    this.#write(head)
    this.#write(content)
  }

  #write(octets: Uint8Array): void {
    this.#hash.update(octets)
    this.#octets += octets.length
    for (let at = 0; at < octets.length;) at += writeSync(this.#descriptor, octets, at)
  }
}

function createFile(path: string, part: string): number {
  try {
    return openSync(part, 'wx', 0o600)
  } catch (error) {
    const isFolderMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const fault = isFolderMissing ? `there is no folder ${dirname(path)}` : fileFault(error)
    throw new BackupRefused(`the backup ${path} cannot be written: ${fault}`)
  }
}

export type Part =
  | { readonly kind: 'rows'; readonly table: string; readonly rows: readonly Row[] }
  | { readonly kind: 'end'; readonly counts: Counts; readonly sha256: string }

/** Reads a backup from its beginning to its end; the last part comes only where the digest is that of the file. */
export class BackupReader {
  readonly manifest: Manifest
  readonly #path: string
  readonly #descriptor: number
  readonly #hash: Hash = createHash('sha256')
  #octets = 0

  constructor(path: string) {
    this.#path = path
    try {
      this.#descriptor = openSync(path, 'r')
    } catch (error) {
      throw new BackupRefused(`the backup ${path} cannot be read: ${fileFault(error)}`)
    }
    if (!this.#read(magic.length).equals(magic)) throw new BackupDamaged(`${path} is no backup of zonecast`)
    const { kind, payload } = this.#frame()
    if (kind !== kinds.manifest) throw this.#damaged('it does not begin with its manifest')
    this.manifest = JSON.parse(payload.toString()) as Manifest
    if (this.manifest.format !== formatVersion)
      throw new BackupRefused(`${path} has format ${this.manifest.format}; this program reads ${formatVersion}`)
  }

  *parts(): Generator<Part, void, undefined> {
    let table: { readonly name: string; readonly columns: readonly string[] } | undefined
    for (;;) {
      const { kind, payload } = this.#frame()
      if (kind === kinds.end) {
        const sum = this.#hash.copy().digest()
        if (!this.#read(sum.length).equals(sum) || this.#rest() > 0) throw this.#damaged('its digest is another')
        yield { kind: 'end', counts: JSON.parse(payload.toString()) as Counts, sha256: sum.toString('hex') }
        return
      }
      if (kind === kinds.table) table = JSON.parse(payload.toString()) as typeof table
      else if (kind === kinds.rows && table) {
        yield { kind: 'rows', table: table.name, rows: unpackRows(table.columns, payload) }
      } else throw this.#damaged('it has a part that is not known')
    }
  }

  /** Octets that were read. */
  get octets(): number {
    return this.#octets
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  #frame(): { readonly kind: number; readonly payload: Buffer } {
    const head = this.#read(5)
    const length = head.readUInt32BE(1)
    if (length > maxFrameOctets) throw this.#damaged('a part of it is too large')
    try {
      return { kind: head.readUInt8(), payload: zstdDecompressSync(this.#read(length), { maxOutputLength: maxFrameOctets }) }
    } catch (error) {
      throw error instanceof BackupDamaged ? error : this.#damaged('a part of it cannot be unpacked')
    }
  }

  #read(length: number): Buffer {
    const octets = Buffer.alloc(length)
    for (let at = 0; at < length;) {
      const got = readSync(this.#descriptor, octets, at, length - at, null)
      if (got === 0) throw this.#damaged('it ends too early')
      at += got
    }
    this.#hash.update(octets)
    this.#octets += length
    return octets
  }

  #rest(): number {
    return readSync(this.#descriptor, Buffer.alloc(1), 0, 1, null)
  }

  #damaged(how: string): BackupDamaged {
    return new BackupDamaged(`the backup ${this.#path} is damaged: ${how}`)
  }
}
