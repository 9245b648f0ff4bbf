/** Sealing: secrets that must be read again, encrypted and bound to where they stand. */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'

export interface SealKey {
  /** 16 hexadecimal digits that follow from the key: one key has one id everywhere. */
  readonly id: string
  readonly key: KeyObject
}

/** Where a secret stands: it opens there and nowhere else. */
export interface SealedPlace {
  /** Such as `tsig`. */
  readonly kind: string
  readonly name: string
}

/** Octets that were not sealed for this place, or not by the key that they name. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken'
}

export const sealKeyOctets = 32
const algorithm = 'aes-256-gcm'
/** The first octet, so that others can come. */
const format = 1
const idOctets = 8
const nonceOctets = 12
const tagOctets = 16
const headOctets = 1 + idOctets
const fixedOctets = headOctets + nonceOctets + tagOctets

export function sealKey(octets: Uint8Array): SealKey {
  if (octets.length !== sealKeyOctets) throw new Error(`a seal key has ${sealKeyOctets} octets, not ${octets.length}`)
  const id = createHmac('sha256', octets).update('zonecast seal key id').digest('hex')
  return { id: id.slice(0, 2 * idOctets), key: createSecretKey(octets) }
}

export function newSealKey(): Buffer {
  return randomBytes(sealKeyOctets)
}

/** Format (1 octet), key id (8), nonce (12), ciphertext, tag (16). The nonce is random: one key is good for 2³² secrets. */
export function seal({ id, key }: SealKey, secret: Uint8Array, place: SealedPlace): Uint8Array {
  const head = Buffer.concat([Buffer.from([format]), Buffer.from(id, 'hex')])
  const nonce = randomBytes(nonceOctets)
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagOctets }).setAAD(boundTo(head, place))
  return new Uint8Array(Buffer.concat([head, nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]))
}

/** The id of the key that opens it. */
export function sealedUnder(sealed: Uint8Array): string {
  if (sealed.length < fixedOctets || sealed[0] !== format) throw new SealBroken('these octets are not a sealed secret')
  return Buffer.from(sealed.subarray(1, headOctets)).toString('hex')
}

/** Throws `SealBroken` for octets that were altered, that stood elsewhere, or that another key has sealed. */
export function unseal({ id, key }: SealKey, sealed: Uint8Array, place: SealedPlace): Uint8Array {
  if (sealedUnder(sealed) !== id) throw new SealBroken('another key has sealed this')
  const body = sealed.subarray(headOctets)
  const decipher = createDecipheriv(algorithm, key, body.subarray(0, nonceOctets), { authTagLength: tagOctets })
  decipher.setAAD(boundTo(sealed.subarray(0, headOctets), place)).setAuthTag(body.subarray(-tagOctets))
  const opened = decipher.update(body.subarray(nonceOctets, -tagOctets))
  try {
    return new Uint8Array(Buffer.concat([opened, decipher.final()]))
  } catch {
    throw new SealBroken('the seal is broken')
  }
}

/** What is not encrypted and counts all the same. The length of the kind keeps two places apart whose texts run together alike. */
function boundTo(head: Uint8Array, { kind, name }: SealedPlace): Buffer {
  const kindOctets = Buffer.from(kind, 'utf8')
  return Buffer.concat([head, Buffer.from([kindOctets.length]), kindOctets, Buffer.from(name, 'utf8')])
}
