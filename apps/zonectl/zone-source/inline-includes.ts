/** Zone files with `$INCLUDE`, read here and sent as one text, a record a line. */
import { formatRR, type Name, resolveInclude, type ZoneFileInclude, type ZoneFileItem, ZoneFileParser } from '@zonecast/dns'
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { CliError, fileFault } from '../failure.ts'
import { LinePlaces, type Origins, placeText } from './line-places.ts'

export interface InlineOptions {
  /** The file itself, symbolic links followed. */
  readonly path: string
  /** What the user calls it. */
  readonly shown: string
  readonly origin: Name
  readonly defaultTtl: number
  readonly onRead: (octets: number) => void
}

/** Files within files, and files in all: two `$INCLUDE`s a file would open a thousand files at that depth. */
const maxDepth = 10
const maxFiles = 1_000
const pieceLength = 65_536
const maxListedErrors = 100

/** Reading ends in a `CliError` with every fault where there are any: then nothing may be imported. */
export function inlineIncludes(options: InlineOptions): { pieces: AsyncIterable<Uint8Array>; origins: Origins } {
  const places = new LinePlaces()
  return { pieces: textOf(options, places), origins: places }
}

async function* textOf(options: InlineOptions, places: LinePlaces): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  const faults: string[] = []
  let text = ''
  for await (const { item, file } of new Reader(options).read()) {
    if (item.kind === 'rr') {
      places.add({ file, line: item.line, column: item.column })
      text += `${formatRR(item.rr)}\n`
    } else if (item.kind === 'error') {
      const { line, column, rule, text: at } = item.error
      faults.push(`${placeText({ file, line, column })}: ${rule}${rule.includes(at) ? '' : ` (${at})`}`)
    }
    if (text.length < pieceLength) continue
    yield encoder.encode(text)
    text = ''
  }
  if (faults.length > 0) throw new CliError('the zone file has faults; nothing was imported', 1, faults.slice(0, maxListedErrors))
  if (text !== '') yield encoder.encode(text)
}

interface Read {
  readonly item: ZoneFileItem
  /** The file it stands in, as the user would name it. */
  readonly file: string
}

class Reader {
  readonly #options: InlineOptions
  /** No `$INCLUDE` leads out of here. */
  readonly #root: string
  #files = 0

  constructor(options: InlineOptions) {
    this.#options = options
    this.#root = dirname(options.path)
  }

  read(): AsyncGenerator<Read> {
    const { path, origin, defaultTtl } = this.#options
    return this.#readFile(path, { origin, defaultTtl }, 0)
  }

  async *#readFile(path: string, settings: { origin: Name; defaultTtl?: number }, depth: number): AsyncGenerator<Read> {
    const parser = new ZoneFileParser(settings)
    const file = this.#shown(path)
    let items: ZoneFileItem[] = []
    const emit = (item: ZoneFileItem) => void items.push(item)
    for await (const chunk of createReadStream(path)) {
      this.#options.onRead((chunk as Buffer).length)
      parser.push(chunk as Buffer, emit)
      yield* this.#withIncludes(items, path, file, depth)
      items = []
      if (parser.stopped) return
    }
    parser.end(emit)
    yield* this.#withIncludes(items, path, file, depth)
  }

  async *#withIncludes(items: readonly ZoneFileItem[], path: string, file: string, depth: number): AsyncGenerator<Read> {
    for (const item of items) {
      if (item.kind === 'include') yield* this.#include(item, path, file, depth)
      else yield { item, file }
    }
  }

  async *#include(include: ZoneFileInclude, path: string, file: string, depth: number): AsyncGenerator<Read> {
    const { origin, defaultTtl, line, column } = include
    const found = await this.#find(include, path, depth)
    if ('path' in found)
      return yield* this.#readFile(found.path, { origin, ...(defaultTtl !== undefined && { defaultTtl }) }, depth + 1)
    yield { item: { kind: 'error', error: { line, column, text: include.path.slice(0, 200), rule: found.refused } }, file }
  }

  /** Confined twice: by the text of the path, and by where symbolic links lead. */
  async #find({ path }: ZoneFileInclude, current: string, depth: number): Promise<{ path: string } | { refused: string }> {
    if (depth === maxDepth) return { refused: `$INCLUDE within $INCLUDE goes ${maxDepth} deep at most` }
    if (++this.#files > maxFiles) return { refused: `a zone file includes ${maxFiles} files at most` }
    const resolved = resolveInclude(this.#root, current, path)
    if ('refused' in resolved) return resolved
    try {
      const real = await realpath(resolved.path)
      if (!real.startsWith(this.#root + sep))
        return { refused: `$INCLUDE ${path}: a symbolic link leads out of the zone file’s folder` }
      return (await stat(real)).isFile() ? { path: real } : { refused: `$INCLUDE ${path}: this is no file` }
    } catch (error) {
      return { refused: `$INCLUDE ${path}: ${fileFault(error)}` }
    }
  }

  #shown(path: string): string {
    const { path: first, shown } = this.#options
    return path === first ? shown : join(dirname(shown), relative(this.#root, path) || basename(path))
  }
}
