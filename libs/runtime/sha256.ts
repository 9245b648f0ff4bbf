/** SHA-256 in the shape that the pure libraries ask for. */
import { type BinaryToTextEncoding, hash } from 'node:crypto'

/** The digest as 32 characters of one octet each: a string is what node makes fastest. */
export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'latin1' as BinaryToTextEncoding)
}
