/** TSIG of a request, as far as a server without the key reads it (RFC 8945 §4.2, §5.3.2). */
import { expandName } from './compressed-name.ts'
import { type Name, scanName } from './name.ts'
import { CLASS, RCODE, TYPE } from './types.ts'
import { WireError } from './violation.ts'
import { putU16, u16At, u32At } from './wire.ts'

/** What an error names of the request that was signed. */
export interface Tsig {
  readonly keyName: Name
  readonly algorithm: Name
  /** Time Signed and Fudge: 8 octets. */
  readonly time: Uint8Array
  readonly originalId: number
}

/** Type, class, TTL and the length of RDATA. */
const fixedOctets = 10
const timeOctets = 8
/** Original ID, Error and Other Len. */
const tailOctets = 6

/** Reads the TSIG whose owner is at `start` and ends at `at`. Throws WireError. */
export function parseTSIG(message: Uint8Array, start: number, at: number): Tsig {
  if (u16At(message, at + 2) !== CLASS.ANY || u32At(message, at + 4) !== 0)
    throw new WireError('TSIG has class ANY and TTL 0 (RFC 8945 §4.2)', at + 2)
  const from = at + fixedOctets
  const end = from + u16At(message, at + 8)
  const nameEnd = scanName(message, from, end)
  const macAt = nameEnd + timeOctets + 2
  const tailAt = macAt <= end ? macAt + u16At(message, macAt - 2) : end
  if (tailAt + tailOctets > end || tailAt + tailOctets + u16At(message, tailAt + 4) !== end)
    throw new WireError('RDATA of TSIG has another length (RFC 8945 §4.2)', from)
  return {
    keyName: expandName(message, start),
    algorithm: message.slice(from, nameEnd),
    time: message.slice(nameEnd, nameEnd + timeOctets),
    originalId: u16At(message, tailAt),
  }
}

/** The TSIG RR that says the key is not known; it carries no MAC, as nothing could be signed with (RFC 8945 §5.3.2). */
export function badKeyTSIG({ keyName, algorithm, time, originalId }: Tsig): Uint8Array {
  const length = algorithm.length + timeOctets + 2 + tailOctets
  const bytes = new Uint8Array(keyName.length + fixedOctets + length)
  let at = keyName.length
  bytes.set(keyName)
  putU16(bytes, at, TYPE.TSIG)
  putU16(bytes, at + 2, CLASS.ANY)
  putU16(bytes, at + 8, length)
  at += fixedOctets
  bytes.set(algorithm, at)
  at += algorithm.length
  bytes.set(time, at)
  // Behind the time stands MAC Size: 0.
  at += timeOctets + 2
  putU16(bytes, at, originalId)
  putU16(bytes, at + 2, RCODE.BADKEY)
  return bytes
}
