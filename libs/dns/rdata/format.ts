/** RDATA from wire to presentation format. */
import { encodeHex } from '../base-encodings.ts'
import { WireError } from '../violation.ts'
import { rdataType, type RDATAType } from './table.ts'

/** The RDATA as text; unknown types, and RDATA of known ones that is malformed or has no text, in the form of RFC 3597 §5. */
export function formatRDATA(type: number, rdata: Uint8Array): string {
  const schema = rdataType(type)
  if (schema === undefined) return formatUnknownRDATA(rdata)
  try {
    return formatFields(schema, rdata) ?? formatUnknownRDATA(rdata)
  } catch (error) {
    if (error instanceof WireError) return formatUnknownRDATA(rdata)
    throw error
  }
}

/** The form every type can be written in: `\# length hex`. */
export function formatUnknownRDATA(rdata: Uint8Array): string {
  return rdata.length === 0 ? '\\# 0' : `\\# ${rdata.length} ${encodeHex(rdata)}`
}

function formatFields(schema: RDATAType, rdata: Uint8Array): string | undefined {
  let text = ''
  let offset = 0
  for (const field of schema.fields) {
    const end = field.scan(rdata, offset, rdata.length)
    const part = field.format(rdata, offset, end)
    if (part === undefined) return undefined
    text += text === '' || part === '' ? part : ` ${part}`
    offset = end
  }
  if (offset !== rdata.length) return undefined
  schema.check?.(rdata)
  // An APL without items: a line that ends after its type would puzzle other readers.
  return text === '' ? undefined : text
}
