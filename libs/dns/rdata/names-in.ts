/** The domain names inside RDATA. */
import type { Name } from '../name.ts'
import { rdataType } from './table.ts'

/**
 * The names in the order of the fields, as views; none for types without a schema, nor of gateways and servers that only may be
 * names (IPSECKEY, AMTRELAY, HIP). Throws WireError when malformed.
 */
export function namesIn(type: number, rdata: Uint8Array): Name[] {
  const names: Name[] = []
  let offset = 0
  for (const field of rdataType(type)?.fields ?? []) {
    const end = field.scan(rdata, offset, rdata.length)
    if (field.isName === true && end > offset) names.push(rdata.subarray(offset, end))
    offset = end
  }
  return names
}
