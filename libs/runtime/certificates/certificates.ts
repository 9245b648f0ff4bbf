/** X.509 certificates (RFC 5280) of a private authority: ECDSA with P-256 and SHA-256. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto'
import { isIP } from 'node:net'
import { bitString, boolean, contentOf, context, integer, itemsOf, octetString, oid, sequence, setOf, time, utf8 } from './der.ts'
import { octetsOfIP } from './ip-octets.ts'

/** A certificate and its key, PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

/** Unix milliseconds. */
export interface Validity {
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

export interface CertificateRequest extends Validity {
  readonly commonName: string
  /** DNS names and IP addresses that a server is reached by. */
  readonly names: readonly string[]
  /** What it may show itself as. */
  readonly usages: readonly ('server' | 'client')[]
}

const oids = {
  commonName: '2.5.4.3',
  ecdsaWithSHA256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
} as const

/** Bits of the key usage (§4.2.1.3) with the number of unused ones: digitalSignature; keyCertSign and cRLSign. */
const keyUsages = { leaf: { bits: Buffer.of(0x80), unused: 7 }, authority: { bits: Buffer.of(0x06), unused: 1 } } as const

/** An authority: what it signs is trusted by whoever is given its certificate. */
export function createAuthority({ commonName, ...validity }: Validity & { readonly commonName: string }): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = nameOf(commonName)
  const extensions = [
    extension(oids.basicConstraints, sequence(boolean(true)), true),
    extension(oids.keyUsage, bitString(keyUsages.authority.bits, keyUsages.authority.unused), true),
    extension(oids.subjectKeyIdentifier, octetString(keyIdentifier(publicKey))),
  ]
  const cert = signed({ issuer: name, subject: name, publicKey, extensions, ...validity }, privateKey)
  return { cert, key: pemOf(privateKey) }
}

/** A certificate that the authority has signed, with a new key. */
export function issueCertificate(authority: KeyPair, request: CertificateRequest): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signer = createPrivateKey(authority.key)
  const extensions = [
    extension(oids.basicConstraints, sequence(), true),
    extension(oids.keyUsage, bitString(keyUsages.leaf.bits, keyUsages.leaf.unused), true),
    extension(oids.extendedKeyUsage, sequence(...request.usages.map((usage) => oid(oids[usage])))),
    extension(oids.subjectKeyIdentifier, octetString(keyIdentifier(publicKey))),
    extension(oids.authorityKeyIdentifier, sequence(context(0, keyIdentifier(createPublicKey(signer)), true))),
    ...(request.names.length > 0 ? [extension(oids.subjectAltName, sequence(...request.names.map(generalName)))] : []),
  ]
  const { notBeforeMs, notAfterMs } = request
  const issuer = subjectOf(new X509Certificate(authority.cert).raw)
  const fields = { issuer, subject: nameOf(request.commonName), publicKey, extensions, notBeforeMs, notAfterMs }
  return { cert: signed(fields, signer), key: pemOf(privateKey) }
}

interface Fields extends Validity {
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  readonly publicKey: KeyObject
  readonly extensions: readonly Uint8Array[]
}

function signed({ issuer, subject, publicKey, extensions, notBeforeMs, notAfterMs }: Fields, signer: KeyObject): string {
  const algorithm = sequence(oid(oids.ecdsaWithSHA256))
  const body = sequence(
    context(0, integer(Buffer.of(2))),
    integer(serialNumber()),
    algorithm,
    issuer,
    sequence(time(notBeforeMs), time(notAfterMs)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    context(3, sequence(...extensions)),
  )
  const whole = sequence(body, algorithm, bitString(sign('sha256', body, signer)))
  const lines = whole.toString('base64').match(/.{1,64}/g) as string[]
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** Positive, not zero, and nobody's guess (§4.1.2.2). */
function serialNumber(): Buffer {
  const octets = randomBytes(16)
  octets[0] = ((octets[0] as number) & 0x7f) | 0x40
  return octets
}

const nameOf = (commonName: string): Buffer => sequence(setOf(sequence(oid(oids.commonName), utf8(commonName))))

/** The subject, octet for octet: an issuer must be written as in the authority's own certificate (§4.1.2.4). */
function subjectOf(certificate: Uint8Array): Uint8Array {
  const [body = new Uint8Array()] = itemsOf(certificate)
  return itemsOf(body)[5] as Uint8Array
}

function extension(id: string, value: Uint8Array, isCritical = false): Buffer {
  return sequence(oid(id), ...(isCritical ? [boolean(true)] : []), octetString(value))
}

/** SHA-1 of the key's bits (§4.2.1.2): a name for it, and no proof of anything. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  const [, bits = new Uint8Array()] = itemsOf(publicKey.export({ type: 'spki', format: 'der' }))
  return createHash('sha1').update(contentOf(bits).subarray(1)).digest()
}

const generalName = (name: string): Buffer =>
  isIP(name) === 0 ? context(2, Buffer.from(name, 'latin1'), true) : context(7, octetsOfIP(name), true)

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string
