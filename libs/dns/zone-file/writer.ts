/** Writes RRs as a zone file that this reader and others read back to the same RRs. */
import { equalNames, formatName, type Name } from '../name.ts'
import { formatRDATA, formatUnknownRDATA } from '../rdata/format.ts'
import type { RR } from '../rr.ts'
import { TYPE, typeToText } from '../types.ts'
import { equalBytes } from '../wire.ts'

export interface WriteOptions {
  /** The zone's apex: stands in `$ORIGIN`, and owner names are written relative to it. */
  readonly origin: Name
  /** Stands in `$TTL`; records with this TTL are written without one. */
  readonly defaultTtl?: number
}

/** Text longer than this is written as hexadecimal, which is never longer than an entry may be. */
const maxRDATAText = 200_000
const pieceLength = 16_384

/**
 * The text in pieces, a record a line: owner names relative to `$ORIGIN`, names in RDATA absolute. Where the first RRs are the
 * apex's, its SOA comes before them; any other order stays as given.
 */
export function* formatZone(rrs: Iterable<RR>, { origin, defaultTtl }: WriteOptions): Generator<string> {
  let text = `$ORIGIN ${formatName(origin)}\n`
  if (defaultTtl !== undefined) text += `$TTL ${defaultTtl}\n`
  let owner: Name | undefined
  let ownerText = ''
  for (const rr of withSOAFirst(rrs, origin)) {
    if (owner === undefined || !equalBytes(owner, rr.owner)) {
      owner = rr.owner
      ownerText = relativeText(owner, origin)
    }
    text += ownerText + (rr.ttl === defaultTtl ? ' ' : ` ${rr.ttl} `) + `IN ${typeToText(rr.type)} ${rdataText(rr)}\n`
    if (text.length < pieceLength) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}

function* withSOAFirst(rrs: Iterable<RR>, origin: Name): Generator<RR> {
  let waiting: RR[] | undefined = []
  for (const rr of rrs) {
    if (waiting !== undefined && rr.type !== TYPE.SOA && equalNames(rr.owner, origin)) {
      waiting.push(rr)
      continue
    }
    if (waiting === undefined) {
      yield rr
      continue
    }
    const isSOA = rr.type === TYPE.SOA
    if (isSOA) yield rr
    yield* waiting
    waiting = undefined
    if (!isSOA) yield rr
  }
  if (waiting !== undefined) yield* waiting
}

/** The name without the origin's labels. Their case has to be the same too, or it would be lost. */
function relativeText(name: Name, origin: Name): string {
  let at = 0
  while (at < name.length - origin.length) at += 1 + name[at]!
  if (!equalBytes(name.subarray(at), origin)) return formatName(name)
  if (at === 0) return '@'
  const relative = new Uint8Array(at + 1)
  relative.set(name.subarray(0, at))
  return formatName(relative).slice(0, -1)
}

function rdataText({ type, rdata }: RR): string {
  const text = formatRDATA(type, rdata)
  return text.length <= maxRDATAText ? text : formatUnknownRDATA(rdata)
}
