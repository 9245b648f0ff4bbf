/** The fields of SOA RDATA (RFC 1035 §3.3.13). */
import { type Name, scanName } from '../name.ts'
import { asSerial, type Serial } from '../serial.ts'
import { WireError } from '../violation.ts'
import { putU32, u32At } from '../wire.ts'

/** Times are in seconds; `minimum` is the TTL of negative answers (RFC 2308 §4). */
export interface SOAFields {
  readonly mname: Name
  readonly rname: Name
  readonly serial: Serial
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minimum: number
}

/** SERIAL, REFRESH, RETRY, EXPIRE and MINIMUM, four octets each. */
const numberOctets = 20

/** Reads SOA RDATA; the names are views. Throws WireError when it is malformed. */
export function soaFields(rdata: Uint8Array): SOAFields {
  const mnameEnd = scanName(rdata, 0, rdata.length)
  const at = scanName(rdata, mnameEnd, rdata.length)
  if (rdata.length !== at + numberOctets) throw new WireError('SOA RDATA does not have five numbers after its names', at)
  return {
    mname: rdata.subarray(0, mnameEnd),
    rname: rdata.subarray(mnameEnd, at),
    serial: asSerial(u32At(rdata, at)),
    refresh: u32At(rdata, at + 4),
    retry: u32At(rdata, at + 8),
    expire: u32At(rdata, at + 12),
    minimum: u32At(rdata, at + 16),
  }
}

/** SOA RDATA of the fields. */
export function encodeSOA(fields: SOAFields): Uint8Array {
  const at = fields.mname.length + fields.rname.length
  const rdata = new Uint8Array(at + numberOctets)
  rdata.set(fields.mname)
  rdata.set(fields.rname, fields.mname.length)
  const numbers = [fields.serial, fields.refresh, fields.retry, fields.expire, fields.minimum]
  numbers.forEach((value, i) => putU32(rdata, at + 4 * i, value))
  return rdata
}

/** The same SOA with another serial; throws WireError when it is malformed. */
export function withSerial(rdata: Uint8Array, serial: Serial): Uint8Array {
  return encodeSOA({ ...soaFields(rdata), serial })
}
