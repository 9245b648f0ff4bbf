/** The sum is that of the hashes that node makes. */
import * as fc from 'fast-check'
import { strict as assert } from 'node:assert'
import { hash } from 'node:crypto'
import { test } from 'vitest'
import { sumOfSha256 } from './sha256-sum.ts'

const modulus = 1n << 256n

function expected(pieces: readonly Uint8Array[]): string {
  const sum = pieces.reduce((total, piece) => (total + BigInt(`0x${hash('sha256', piece)}`)) % modulus, 0n)
  return sum.toString(16).padStart(64, '0')
}

function summed(pieces: readonly Uint8Array[], start = 0): string {
  let at = start
  const ends = pieces.map((piece) => (at += piece.length))
  const bytes = Buffer.concat([Buffer.alloc(start, 0xaa), ...pieces])
  const sum = sumOfSha256({ bytes, start, count: pieces.length, endOf: (_, index) => ends[index]! })
  return Buffer.from(sum).toString('hex')
}

const piecesArb = fc.array(fc.oneof(fc.uint8Array({ maxLength: 130 }), fc.uint8Array({ maxLength: 3_000, size: 'max' })), {
  maxLength: 40,
})

test('pieces of any length, in any mixture', () => {
  fc.assert(fc.property(piecesArb, fc.nat(20), (pieces, start) => assert.equal(summed(pieces, start), expected(pieces))))
})

test('every length around the ends of blocks', () => {
  for (let length = 0; length <= 1_100; length++) {
    const piece = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 255)
    assert.equal(summed([piece]), expected([piece]), `${length} octets`)
  }
})

test('the largest RR there is', () => {
  const pieces = [65_800, 1, 65_535, 65_000].map((length) => new Uint8Array(length).fill(length))
  assert.equal(summed(pieces), expected(pieces))
})

test('nothing sums to nothing', () => assert.equal(summed([]), '0'.repeat(64)))

test('more than there is room for is refused', () => {
  assert.throws(() => summed([new Uint8Array(196_609)]), RangeError)
})
