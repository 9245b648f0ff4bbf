/** SipHash-2-4 against the vectors of its authors and of RFC 9018. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { sipHash24 } from './siphash.ts'

const key = Uint8Array.from({ length: 16 }, (_, i) => i)

for (const { octets, hash } of [
  { octets: 0, hash: '310e0edd47db6f72' },
  { octets: 1, hash: 'fd67dc93c539f874' },
  { octets: 7, hash: '37d1018bf50002ab' },
  { octets: 8, hash: '6224939a79f5f593' },
  { octets: 15, hash: 'e545be4961ca29a1' },
])
  test(`sipHash24: ${octets} octets`, () => {
    const data = Uint8Array.from({ length: octets }, (_, i) => i)
    assert.equal(Buffer.from(sipHash24(key, data)).toString('hex'), hash)
  })
