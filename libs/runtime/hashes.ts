/** Hashes in the shapes that the pure libraries ask for. Worker threads import this file alone, without the rest of the library. */
import { type BinaryToTextEncoding, createHash, hash } from 'node:crypto'

/** The digest as 32 characters of one octet each: a string is what node makes fastest. */
export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'latin1' as BinaryToTextEncoding)
}

/** SHA-1, for the hashed owner names of NSEC3 and nothing else (RFC 5155 §11). */
export function sha1(bytes: Uint8Array): Uint8Array {
  return createHash('sha1').update(bytes).digest()
}
