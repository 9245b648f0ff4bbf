/** Well-formedness of RDATA in wire format. */
import { WireError } from '../violation.ts'
import { typeToText } from '../types.ts'
import { rdataType } from './table.ts'

/** Throws WireError when RDATA of a known type is malformed; types without a schema pass. */
export function validateRDATA(type: number, rdata: Uint8Array): void {
  const schema = rdataType(type)
  if (schema === undefined) return
  let offset = 0
  for (const field of schema.fields) offset = field.scan(rdata, offset, rdata.length)
  if (offset !== rdata.length) throw new WireError(`${typeToText(type)} RDATA goes on after its last field`, offset)
  schema.check?.(rdata)
}
