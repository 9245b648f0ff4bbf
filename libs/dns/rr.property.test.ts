/** Laws of RRs in their stored form. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { decodeRR, encodeRR, maxTtl, type RR, scanRR } from './rr.ts'
import { anyName } from './test-names.ts'
import { WireError } from './violation.ts'

const anyRR: fc.Arbitrary<RR> = fc.record(
  {
    owner: anyName,
    type: fc.nat(0xffff),
    ttl: fc.nat(maxTtl),
    rdata: fc.uint8Array({ maxLength: 50 }),
  },
  { noNullPrototype: true },
)

test('RRs back to back are walked one by one and come back', () => {
  fc.assert(
    fc.property(fc.array(anyRR, { maxLength: 5 }), (rrs) => {
      const bytes = Uint8Array.from(rrs.flatMap((rr) => [...encodeRR(rr)]))
      let offset = 0
      for (const rr of rrs) {
        assert.deepEqual(decodeRR(bytes, offset), rr)
        offset = scanRR(bytes, offset, bytes.length)
      }
      assert.equal(offset, bytes.length)
    }),
  )
})

test('an RR cut short anywhere is refused', () => {
  fc.assert(
    fc.property(anyRR, (rr) => {
      const bytes = encodeRR(rr)
      for (let end = 0; end < bytes.length; end++) assert.throws(() => scanRR(bytes, 0, end), WireError)
    }),
  )
})
