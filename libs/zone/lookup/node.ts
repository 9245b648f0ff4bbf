/** A name of a zone with its RRs, where they stand in pages. */
import {
  endOfStored,
  equalNamesAt,
  type Name,
  rdataStart,
  rdlengthAt,
  type StoredRRs,
  type StoredRRset,
  TYPE,
  typeAt,
  u16At,
} from '@zonecast/dns'
import type { Space } from '../key.ts'
import { pageCount, rrStart } from '../page.ts'
import { type Cursor, forward, type PageReader, seekOwner } from '../reader.ts'

/** The RRs at one owner name, in canonical order; none at an empty non-terminal. */
export type Node = StoredRRs

/**
 * The node of a name; undefined when the name does not exist, which is when neither it nor anything below it has RRs. One search
 * tells both, since what is below a name follows it in canonical order.
 */
export function nodeAt(pages: PageReader, owner: Name, space: Space = 0): Node | undefined {
  const at = seekOwner(pages, owner, space)
  if (at === undefined) return undefined
  return nodeFrom(pages, at, owner) ?? (isBelow(at, owner) ? emptyNode(owner) : undefined)
}

/** A name without RRs. */
export function emptyNode(owner: Name): Node {
  return { bytes: owner, start: 0, count: 0, ownerOctets: owner.length, rest: undefined }
}

/** The RRs from the cursor on that are the owner's, if any. */
function nodeFrom(pages: PageReader, at: Cursor, owner: Name): Node | undefined {
  const { content } = at.page
  const total = pageCount(content)
  let index = at.index
  while (index < total && isOwner(content, rrStart(content, index), owner)) index++
  const count = index - at.index
  if (count === 0) return undefined
  const following = index === total ? forward(pages, { page: at.page, index: index - 1 }) : undefined
  const rest = following && nodeFrom(pages, following, owner)
  return { bytes: content, start: rrStart(content, at.index), count, ownerOctets: owner.length, rest }
}

function isOwner(bytes: Uint8Array, start: number, owner: Name): boolean {
  // A name that ends where the other does has the same labels: their length octets are compared, too.
  return equalNamesAt(bytes, start, owner, 0, owner.length)
}

function isBelow({ page: { content }, index }: Cursor, owner: Name): boolean {
  let at = rrStart(content, index)
  while (content[at]! > 0 && !isOwner(content, at, owner)) at += 1 + content[at]!
  return isOwner(content, at, owner)
}

/** True when the node has an RR of the type. */
export function hasType(node: Node, type: number): boolean {
  for (let part: Node | undefined = node; part !== undefined; part = part.rest) {
    const { bytes, count, ownerOctets } = part
    for (let at = part.start, i = 0; i < count; i++, at = endOfStored(bytes, at, ownerOctets)) {
      const found = typeAt(bytes, at + ownerOctets)
      if (found >= type) return found === type
    }
  }
  return false
}

/** The types of the RRs of a node, RRset by RRset. */
export function typesOf(node: Node): number[] {
  const types: number[] = []
  for (let part: Node | undefined = node; part !== undefined; part = part.rest) {
    const { bytes, count, ownerOctets } = part
    for (let at = part.start, i = 0; i < count; i++, at = endOfStored(bytes, at, ownerOctets)) {
      const type = typeAt(bytes, at + ownerOctets)
      if (types.at(-1) !== type) types.push(type)
    }
  }
  return types
}

/** How the RRs of a node are shown that are part of an answer. */
export interface Shown {
  /** The name that a wildcard stands for (RFC 4592 §3.3.2). */
  readonly owner?: Name | undefined
  readonly ttl?: number | undefined
}

const asStored: Shown = {}

/** The RRset of a type, of RRSIGs all. */
export function rrsetOf(node: Node, type: number, shown = asStored): StoredRRset | undefined {
  return pick(node, type, undefined, shown)
}

/** The RRSIGs over a type at the node, which stand together: the type covered is what their RDATA begins with (RFC 4034 §3.1). */
export function signaturesOf(node: Node, covered: number, shown = asStored): StoredRRset | undefined {
  return pick(node, TYPE.RRSIG, covered, shown)
}

function pick(node: Node | undefined, type: number, covered: number | undefined, shown: Shown): StoredRRset | undefined {
  if (node === undefined) return undefined
  const { bytes, ownerOctets } = node
  let start = 0
  let count = 0
  for (let at = node.start, i = 0; i < node.count; i++, at = endOfStored(bytes, at, ownerOctets)) {
    const fixed = at + ownerOctets
    const found = typeAt(bytes, fixed)
    if (found < type) continue
    if (found > type) return count === 0 ? undefined : rrsetFrom(node, start, count, type, shown, undefined)
    if (covered !== undefined && coveredAt(bytes, fixed) !== covered) continue
    if (count++ === 0) start = at
  }
  const rest = node.rest && pick(node.rest, type, covered, shown)
  return count === 0 ? rest : rrsetFrom(node, start, count, type, shown, rest)
}

function rrsetFrom(
  { bytes, ownerOctets }: Node,
  start: number,
  count: number,
  type: number,
  { owner, ttl }: Shown,
  rest: StoredRRset | undefined,
): StoredRRset {
  return { bytes, start, count, ownerOctets, type, owner, ttl, rest }
}

/** The type covered by the RRSIG whose owner name ends at `at`; no type where its RDATA is too short to say. */
function coveredAt(bytes: Uint8Array, at: number): number {
  return rdlengthAt(bytes, at) < 2 ? -1 : u16At(bytes, rdataStart(at))
}

/** The types that the RRSIGs of a node cover, in ascending order. */
export function coveredTypes(node: Node): number[] {
  const covered: number[] = []
  for (let part: Node | undefined = node; part !== undefined; part = part.rest) {
    const { bytes, count, ownerOctets } = part
    for (let at = part.start, i = 0; i < count; i++, at = endOfStored(bytes, at, ownerOctets)) {
      if (typeAt(bytes, at + ownerOctets) !== TYPE.RRSIG) continue
      const type = coveredAt(bytes, at + ownerOctets)
      if (covered.at(-1) !== type) covered.push(type)
    }
  }
  return covered
}

/** The RDATA of the first RR, a view. */
export function firstRDATA({ bytes, start, ownerOctets }: StoredRRset): Uint8Array {
  return bytes.subarray(rdataStart(start + ownerOctets), endOfStored(bytes, start, ownerOctets))
}
