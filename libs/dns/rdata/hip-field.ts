/** HIP: a host identity tag, a public key, and the names of rendezvous servers (RFC 8005 §5, §6). */
import { decodeBase64, decodeHex, encodeBase64, encodeHex } from '../base-encodings.ts'
import { formatName, scanName } from '../name.ts'
import { WireError } from '../violation.ts'
import { skip, u16At } from '../wire.ts'
import type { Field } from './field.ts'
import { readName } from './name-fields.ts'
import { readNumber } from './number-fields.ts'

/** HIT length, algorithm and key length. */
const startOctets = 4

/** The whole RDATA: in wire format both lengths stand in front, in text the HIT and the key are one word each. */
export const hostIdentity: Field = {
  what: 'PK algorithm, HIT, Public Key, Rendezvous Servers',
  scan: (bytes, offset, end) => {
    const start = skip(offset, startOctets, end, 'HIP')
    const [hitOctets, keyOctets] = [bytes[offset]!, u16At(bytes, offset + 2)]
    if (hitOctets === 0 || keyOctets === 0) throw new WireError('HIP has an empty HIT or public key (RFC 8005 §5)', offset)
    let at = skip(start, hitOctets + keyOctets, end, 'the HIT and public key')
    while (at < end) at = scanName(bytes, at, end)
    return at
  },
  format: (bytes, offset, end) => {
    const hit = offset + startOctets
    const key = hit + bytes[offset]!
    let at = key + u16At(bytes, offset + 2)
    let text = `${bytes[offset + 1]} ${encodeHex(bytes, hit, key)} ${encodeBase64(bytes, key, at)}`
    while (at < end) {
      const after = scanName(bytes, at, end)
      text += ` ${formatName(bytes.subarray(at, after))}`
      at = after
    }
    return text
  },
  parse: (input, out) => {
    const algorithm = readNumber(input, 'PK algorithm', 0xff)
    const hit = decodeHex(input.word('HIT'))
    if (hit === undefined || hit.length === 0 || hit.length > 255) throw input.error('HIT is not hexadecimal', 'RFC 8005 §6')
    const key = decodeBase64(input.word('Public Key'))
    if (key === undefined || key.length === 0 || key.length > 0xffff) throw input.error('Public Key is not base64', 'RFC 8005 §6')
    out.u8(hit.length)
    out.u8(algorithm)
    out.u16(key.length)
    out.bytes(hit)
    out.bytes(key)
    while (input.more) out.bytes(readName(input, 'a Rendezvous Server'))
  },
}
