/** TSIG keys as requests write them: name, algorithm and secret, checked, and never with the secret in what is said. */
import type { CreateTSIGKeyRequest } from '@zonecast/contract/generated/zonecast/transfer/v1/transfer_service_pb'
import {
  decodeBase64,
  defaultTSIGAlgorithm,
  isForbiddenTSIGAlgorithm,
  tsigAlgorithm,
  type TSIGAlgorithm,
  tsigAlgorithms,
  type Violation,
  zoneKeyOf,
} from '@zonecast/dns'
import { invalidRequest } from '@zonecast/rpc'
import { randomBytes } from 'node:crypto'
import { absoluteName } from './zone-messages.ts'

export interface NewTSIGKey {
  readonly name: string
  readonly algorithm: string
  readonly secret: Uint8Array
  readonly warnings: Omit<Required<Violation>, 'field'>[]
}

/** Shorter ones can be tried out; longer ones are hashed before they are used (RFC 2104 §2), and help nobody. */
const leastOctets = 8
const mostOctets = 512

export function readNewKey({ name: text, algorithm: wanted, secret: given }: CreateTSIGKeyRequest): NewTSIGKey {
  const name = tsigKeyName(text)
  const algorithm = algorithmFrom(wanted || defaultTSIGAlgorithm)
  const secret = given === '' ? new Uint8Array(randomBytes(algorithm.octets)) : secretFrom(given)
  return { name, algorithm: algorithm.name, secret, warnings: [...warningsOf(name, algorithm, secret)] }
}

/** In lower case with a dot at its end: upper and lower case are one (RFC 8945 §4.2, RFC 4034 §6.2). */
export function tsigKeyName(text: string, field = 'name'): string {
  const name = absoluteName(text, field)
  if (name.length > 1) return zoneKeyOf(name)
  const message = 'the root is no name of a TSIG key; choose one that both sides will know, such as transfer.example'
  throw invalidRequest([{ field, reason: 'NAME_INVALID', subject: text, message }])
}

function algorithmFrom(text: string): TSIGAlgorithm {
  const found = tsigAlgorithm(text)
  if (found) return found
  const known = tsigAlgorithms.map(({ name }) => name).join(', ')
  const message = isForbiddenTSIGAlgorithm(text)
    ? 'hmac-md5 must not be used; agree on hmac-sha256 with the other side'
    : `${JSON.stringify(text)} is no algorithm that is known: ${known}`
  throw invalidRequest([{ field: 'algorithm', reason: 'TSIG_ALGORITHM_INVALID', message, rfc: 'RFC 8945 §6' }])
}

function secretFrom(base64: string): Uint8Array {
  const secret = decodeBase64(base64)
  if (!secret) throw invalidSecret('the secret is not base64 with its padding (RFC 4648 §4)')
  if (secret.length < leastOctets || secret.length > mostOctets)
    throw invalidSecret(`the secret has ${secret.length} octets, and may have ${leastOctets} to ${mostOctets}`)
  return secret
}

function invalidSecret(message: string) {
  return invalidRequest([{ field: 'secret', reason: 'TSIG_SECRET_INVALID', message }])
}

function* warningsOf(subject: string, { name, octets, weakness }: TSIGAlgorithm, secret: Uint8Array) {
  if (weakness !== undefined)
    yield { subject, reason: 'TSIG_ALGORITHM_WEAK', message: `${weakness}; agree on hmac-sha256`, rfc: 'RFC 8945 §6' }
  if (secret.length >= octets) return
  const message = `the secret has ${secret.length} octets, and should have at least ${octets} for ${name}`
  yield { subject, reason: 'TSIG_SECRET_SHORT', message, rfc: 'RFC 2104 §3' }
}
