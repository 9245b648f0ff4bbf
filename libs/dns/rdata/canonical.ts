/** Canonical form and order of RDATA (RFC 4034 §6.2, §6.3). */
import { WireError } from '../violation.ts'
import { compareBytes } from '../wire.ts'
import type { Field } from './field.ts'
import { rdataType } from './table.ts'

/**
 * RDATA with the names of the types in RFC 4034 §6.2, as amended by RFC 6840 §5.1, in lower case; the same array where nothing
 * changes. Malformed RDATA is its own canonical form, so that order is total on any octets.
 */
export function canonicalRDATA(type: number, rdata: Uint8Array): Uint8Array {
  const schema = rdataType(type)
  if (schema?.foldsNames !== true) return rdata
  try {
    return foldNames(schema.fields, rdata)
  } catch (error) {
    if (error instanceof WireError) return rdata
    throw error
  }
}

function foldNames(fields: readonly Field[], rdata: Uint8Array): Uint8Array {
  let folded = rdata
  let offset = 0
  for (const field of fields) {
    const end = field.scan(rdata, offset, rdata.length)
    for (let at = offset; field.isName === true && at < end; at++) {
      // Length octets are below 'A', so this touches letters alone.
      if (rdata[at]! < 0x41 || rdata[at]! > 0x5a) continue
      // Not `slice`: that of Node's Buffer is a view, and folding would change the caller's octets.
      if (folded === rdata) folded = new Uint8Array(rdata)
      folded[at]! |= 0x20
    }
    offset = end
  }
  return folded
}

/** Canonical order within an RRset: canonical forms as unsigned octet strings (§6.3). Zero means equal but for case. */
export function compareRDATA(type: number, a: Uint8Array, b: Uint8Array): number {
  return compareBytes(canonicalRDATA(type, a), canonicalRDATA(type, b))
}
