/** The vectors in docs/reference/page-format.md are what the code gives. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { encodeRR, parseName, parseRDATAText, typeFromText } from '@zonecast/dns'
import { test } from 'vitest'
import { digestOf } from './digest.ts'
import { separatorKey, storedKey } from './key.ts'
import { buildPages } from './page-build.ts'
import { scanPage } from './page-scan.ts'
import { SetDigest } from './set-digest.ts'
import { shardOf } from './shard.ts'
import { rangeHash } from './walk-send.ts'

const text = readFileSync(new URL('../../docs/reference/page-format.md', import.meta.url), 'utf8')
const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'binary')
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** The code spans of each table row under a heading; spans of one cell are joined. */
function vectors(heading: string): string[][] {
  const section = text.split(`\n### ${heading}\n`)[1]!.split('\n#')[0]!
  const rows = section.split('\n').filter((line) => line.startsWith('| `'))
  return rows.map((line) => line.split(' | ').map((cell) => [...cell.matchAll(/`([^`]*)`/g)].map(([, span]) => span).join('')))
}

function stored(presentation: string): Uint8Array {
  const [owner, ttl, , type, ...rdata] = presentation.split(' ')
  const number = typeFromText(type!)!
  return encodeRR({ owner: parseName(owner!), type: number, ttl: Number(ttl), rdata: parseRDATAText(number, rdata.join(' ')) })
}

for (const [rr, key] of vectors('Keys')) test(`the key of ${rr}`, () => assert.equal(hex(storedKey(stored(rr!))), key))

for (const [previous, next, key] of vectors('Separators')) {
  test(`the key between ${previous} and ${next}`, () => {
    assert.equal(hex(separatorKey(stored(previous!), stored(next!))!), key)
  })
}

const rrs = vectors('Page').map(([rr]) => stored(rr!))
const [[content, range]] = vectors('Page octets') as [[string, string]]
const [[soa, settings, digest]] = vectors('Digest') as [[string, string, string]]

test('the page of some RRs, and the hash of the range it is', () => {
  const pages = [...buildPages(rrs)]
  assert.deepEqual(
    pages.map((page) => hex(page.content)),
    [content],
  )
  assert.equal(hex(rangeHash(pages, sha256)), range)
  scanPage(Buffer.from(content, 'hex'), { key: Uint8Array.of(0) })
})

test('the digest of a version', () => {
  assert.equal(hex(digestOf(rrs, stored(soa), Buffer.from(settings, 'hex'), sha256)), digest)
})

for (const [zone, shard] of vectors('Shards')) {
  test(`the shard of ${zone}`, () => assert.equal(shardOf(parseName(zone!), sha256), Number(shard)))
}

test('the set digest after each head', () => {
  const set = new SetDigest(sha256)
  for (const [zone, generation, version, sum] of vectors('Set digest')) {
    const state = { generation: BigInt(generation!), version: BigInt(version!), digest: Buffer.from(digest, 'hex') }
    set.add({ zone: zone!, state })
    assert.equal(hex(set.bytes()), sum)
  }
  assert.equal(set.zones, vectors('Set digest').length)
})

test('every kind of vector is there', () => {
  const headings = ['Keys', 'Separators', 'Page', 'Page octets', 'Digest', 'Shards', 'Set digest']
  assert.ok(headings.every((heading) => vectors(heading).length > 0))
})
