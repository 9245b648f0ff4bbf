/** Reads a zone file with what it includes, piece by piece. */
import type { ZoneFileInclude, ZoneFileItem } from './items.ts'
import { type ZoneFileOptions, ZoneFileParser } from './parser.ts'

export type ZoneText = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>

/** A file to include, opened; `fileName` is what its errors carry and what its own `$INCLUDE`s are relative to. */
export interface IncludedFile {
  readonly chunks: ZoneText
  readonly fileName: string
}

export interface ReadOptions extends ZoneFileOptions {
  /**
   * Opens an included file, or says in a sentence why not. Without it, `$INCLUDE` comes out as an item. `resolveInclude` keeps
   * paths inside a folder.
   */
  readonly openInclude?: (
    include: ZoneFileInclude,
    currentFile: string | undefined,
  ) => Promise<IncludedFile | string> | IncludedFile | string
}

/** Included files within included files. */
const maxDepth = 10
/** Included files in all: with depth alone, two `$INCLUDE`s a file would open a thousand files. */
const maxFiles = 1000
const pieceOctets = 65_536

/** The items of the file and of the files it includes, in order; an error does not end the reading. */
export async function* readZoneFile(chunks: ZoneText, options: ReadOptions): AsyncGenerator<ZoneFileItem> {
  yield* readFile(chunks, options, 0, { files: 0 })
}

async function* readFile(
  chunks: ZoneText,
  options: ReadOptions,
  depth: number,
  count: { files: number },
): AsyncGenerator<ZoneFileItem> {
  const parser = new ZoneFileParser(options)
  let items: ZoneFileItem[] = []
  const emit = (item: ZoneFileItem) => void items.push(item)
  for await (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? utf8(chunk) : chunk
    for (let at = 0; at < bytes.length; at += pieceOctets) {
      parser.push(bytes.subarray(at, at + pieceOctets), emit)
      yield* withIncludes(items, options, depth, count)
      items = []
    }
    if (parser.stopped) return
  }
  parser.end(emit)
  yield* withIncludes(items, options, depth, count)
}

async function* withIncludes(
  items: readonly ZoneFileItem[],
  options: ReadOptions,
  depth: number,
  count: { files: number },
): AsyncGenerator<ZoneFileItem> {
  for (const item of items) {
    if (item.kind === 'include' && options.openInclude !== undefined) yield* include(item, options, depth, count)
    else yield item
  }
}

async function* include(
  item: ZoneFileInclude,
  options: ReadOptions,
  depth: number,
  count: { files: number },
): AsyncGenerator<ZoneFileItem> {
  const file = await openIncluded(item, options, depth, count)
  if (typeof file === 'string') {
    const { line, column, path } = item
    const where = options.fileName === undefined ? {} : { file: options.fileName }
    yield { kind: 'error', error: { line, column, text: path.slice(0, 200), rule: file, ...where } }
    return
  }
  const { defaultTtl: _, ...shared } = options
  const inherited = item.defaultTtl === undefined ? {} : { defaultTtl: item.defaultTtl }
  yield* readFile(file.chunks, { ...shared, ...inherited, origin: item.origin, fileName: file.fileName }, depth + 1, count)
}

function openIncluded(
  item: ZoneFileInclude,
  options: ReadOptions,
  depth: number,
  count: { files: number },
): Promise<IncludedFile | string> | IncludedFile | string {
  if (depth === maxDepth) return `$INCLUDE within $INCLUDE goes ${maxDepth} deep at most`
  if (++count.files > maxFiles) return `a zone file includes ${maxFiles} files at most`
  return options.openInclude!(item, options.fileName)
}

/** Text as UTF-8. */
function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(3 * text.length)
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) {
      bytes[length++] = unit
      continue
    }
    const point = text.codePointAt(i)!
    if (point > 0xffff) i++
    const octets = point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4
    for (let octet = octets - 1; octet > 0; octet--) bytes[length + octet] = 0x80 | ((point >> (6 * (octets - 1 - octet))) & 0x3f)
    bytes[length] = (0xf00 >> octets) | (point >> (6 * (octets - 1)))
    length += octets
  }
  return bytes.subarray(0, length)
}
