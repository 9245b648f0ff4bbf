/** Certificates as others read them: OpenSSL's program, and Node. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, test } from 'vitest'
import { createAuthority, issueCertificate } from './certificates.ts'
import { octetsOfIP } from './ip-octets.ts'

const folder = mkdtempSync(join(tmpdir(), 'zonecast-certificates-'))
afterAll(() => rmSync(folder, { recursive: true }))

const dayMs = 86_400_000
const validity = { notBeforeMs: Date.now() - dayMs, notAfterMs: Date.now() + dayMs }
const authority = createAuthority({ commonName: 'zonecast', ...validity })
const names = ['localhost', '*.edge-writer.zonecast.svc', '127.0.0.1', '::1', '2001:db8::1:192.0.2.1']
const request = { commonName: 'zone-api', names, usages: ['server', 'client'] as const, ...validity }
const leaf = issueCertificate(authority, request)

const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const openssl = (...args: string[]) => execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' })

for (const purpose of ['sslserver', 'sslclient'])
  test(`OpenSSL verifies a certificate for ${purpose}, strictly`, () => {
    const ca = file('ca.crt', authority.cert)
    const said = openssl('verify', '-x509_strict', '-purpose', purpose, '-CAfile', ca, file('leaf.crt', leaf.cert))
    assert.match(said, /: OK/)
  })

test('OpenSSL does not verify it by another authority of the same name', () => {
  const other = createAuthority({ commonName: 'zonecast', ...validity })
  assert.throws(() => openssl('verify', '-CAfile', file('other.crt', other.cert), file('leaf.crt', leaf.cert)))
  const bundle = file('bundle.crt', other.cert + authority.cert)
  assert.match(openssl('verify', '-CAfile', bundle, file('leaf.crt', leaf.cert)), /: OK/)
})

test('what a certificate may not be used for, it says', () => {
  const client = issueCertificate(authority, { ...request, names: [], usages: ['client'] })
  const verify = (purpose: string) =>
    openssl('verify', '-purpose', purpose, '-CAfile', file('ca.crt', authority.cert), file('client.crt', client.cert))
  assert.match(verify('sslclient'), /: OK/)
  assert.throws(() => verify('sslserver'))
  assert.equal(new X509Certificate(client.cert).subjectAltName, undefined)
})

test('Node reads names, times, authority and key', () => {
  const read = new X509Certificate(leaf.cert)
  assert.equal(read.subject, 'CN=zone-api')
  assert.ok(read.checkPrivateKey(createPrivateKey(leaf.key)))
  assert.ok(read.checkIssued(new X509Certificate(authority.cert)))
  assert.equal(read.checkHost('localhost'), 'localhost')
  assert.equal(read.checkHost('edge-writer-0.edge-writer.zonecast.svc'), '*.edge-writer.zonecast.svc')
  assert.equal(read.checkIP('::1'), '::1')
  assert.equal(read.checkIP('2001:db8::1:c000:201'), '2001:db8::1:c000:201')
  assert.equal(read.checkIP('127.0.0.2'), undefined)
  assert.equal(Date.parse(read.validTo), Math.floor(validity.notAfterMs / 1000) * 1000)
})

test('times before and after 2050 are read back', () => {
  const notBeforeMs = Date.UTC(2049, 11, 31, 23, 59, 59)
  const notAfterMs = Date.UTC(2050, 0, 1)
  const read = new X509Certificate(createAuthority({ commonName: 'late', notBeforeMs, notAfterMs }).cert)
  assert.deepEqual([Date.parse(read.validFrom), Date.parse(read.validTo)], [notBeforeMs, notAfterMs])
})

test('many names make a long certificate', () => {
  const many = Array.from({ length: 300 }, (_, i) => `edge-${i}.example`)
  assert.equal(
    new X509Certificate(issueCertificate(authority, { ...request, names: many }).cert).checkHost('edge-299.example'),
    'edge-299.example',
  )
})

for (const { address, octets } of [
  { address: '192.0.2.1', octets: 'c0000201' },
  { address: '::', octets: '00000000000000000000000000000000' },
  { address: '2001:db8::', octets: '20010db8000000000000000000000000' },
  { address: '1:2:3:4:5:6:7:8', octets: '00010002000300040005000600070008' },
  { address: '::ffff:192.0.2.1', octets: '00000000000000000000ffffc0000201' },
])
  test(`the octets of ${address}`, () => assert.equal(octetsOfIP(address).toString('hex'), octets))
