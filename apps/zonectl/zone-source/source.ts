/** The text of an import: a file or standard input in pieces, with what it includes. */
import { parseName } from '@zonecast/dns'
import { createReadStream } from 'node:fs'
import { open, realpath, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { fileFault, usageError } from '../failure.ts'
import { inlineIncludes } from './inline-includes.ts'
import type { Origins } from './line-places.ts'

export interface ZoneSource {
  /** What its errors call it. */
  readonly name: string
  /** Octets in all; undefined where nobody knows. */
  readonly octets: number | undefined
  readonly pieces: AsyncIterable<Uint8Array>
  /** Where a line of the text that is sent came from. */
  readonly origins: Origins
}

export interface SourceOptions {
  readonly file: string
  /** Absolute, with its dot. */
  readonly zone: string
  readonly stdin: Readable
  /** TTL of records that have none. Asked for only where the file includes others. */
  readonly defaultTtl: () => Promise<number>
  /** Called with the octets of each piece that was read. */
  readonly onRead: (octets: number) => void
}

export const pieceOctets = 131_072

export async function openSource(options: SourceOptions): Promise<ZoneSource> {
  const { file, stdin, onRead } = options
  if (file === '-')
    return { name: 'standard input', octets: undefined, pieces: counted(stdin, onRead), origins: sameLines('<stdin>') }
  const { size } = await regularFile(file)
  if (!(await hasIncludes(file))) {
    const pieces = counted(createReadStream(file, { highWaterMark: pieceOctets }), onRead)
    return { name: file, octets: size, pieces, origins: sameLines(file) }
  }
  const origin = parseName(options.zone)
  const path = await realpath(resolve(file))
  return {
    name: file,
    octets: size,
    ...inlineIncludes({ path, shown: file, origin, defaultTtl: await options.defaultTtl(), onRead }),
  }
}

async function regularFile(file: string) {
  try {
    const found = await stat(file)
    if (found.isDirectory()) throw new Error('it is a folder')
    await (await open(file)).close()
    return found
  } catch (error) {
    throw usageError(`${file} cannot be read: ${fileFault(error)}`)
  }
}

/** The text goes as it is, so the server's lines are the file's. */
function sameLines(file: string): Origins {
  return { of: ({ line, column }) => ({ file, line, column }) }
}

async function* counted(chunks: AsyncIterable<Uint8Array>, onRead: (octets: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onRead(chunk.length)
    for (let at = 0; at < chunk.length; at += pieceOctets) yield chunk.subarray(at, at + pieceOctets)
  }
}

/** True where a line begins with `$INCLUDE`. One inside quotes or parentheses only costs time. */
async function hasIncludes(file: string): Promise<boolean> {
  let before = '\n'
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const text = before + (chunk as Buffer).toString('latin1')
    if (/[\r\n]\$include[ \t]/i.test(text)) return true
    before = text.slice(-16)
  }
  return false
}
