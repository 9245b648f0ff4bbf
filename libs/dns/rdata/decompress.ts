/** RDATA out of a DNS message, with its names uncompressed. */
import { expandName, skipCompressedName } from '../compressed-name.ts'
import { WireError } from '../violation.ts'
import { skip, WireWriter } from '../wire.ts'
import { rdataType, type RDATAType } from './table.ts'

const writer = new WireWriter(1024)

/** A copy of the RDATA with the names of the well-known types (RFC 3597 §4) expanded; throws WireError. */
export function decompressRDATA(type: number, message: Uint8Array, offset: number, rdlength: number): Uint8Array {
  const end = skip(offset, rdlength, message.length, 'RDATA')
  const schema = rdataType(type)
  // An UPDATE carries RRs with empty RDATA of every type (RFC 2136 §2.4).
  if (schema?.decompress !== true || rdlength === 0) return message.slice(offset, end)
  return expandFields(schema, message, offset, end)
}

function expandFields(schema: RDATAType, message: Uint8Array, offset: number, end: number): Uint8Array {
  writer.reset()
  let at = offset
  for (const field of schema.fields) {
    const next = field.isName === true ? skipCompressedName(message, at, end) : field.scan(message, at, end)
    writer.bytes(field.isName === true ? expandName(message, at) : message.subarray(at, next))
    at = next
  }
  if (at !== end) throw new WireError('RDATA goes on after its last field', at)
  if (writer.length > 0xffff) throw new WireError('RDATA is longer than 65535 octets once its names are expanded', offset)
  return writer.take()
}
