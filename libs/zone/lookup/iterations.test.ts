/** Zones whose NSEC3 hashes would cost too much. */
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { parseName, RCODE, TYPE } from '@zonecast/dns'
import { test } from 'vitest'
import { parseRRs, viewOf } from '../test-zone.ts'
import { lookup } from './lookup.ts'

for (const { iterations, hashes } of [
  { iterations: 2500, hashes: 2501 },
  { iterations: 2501, hashes: 0 },
  { iterations: 65535, hashes: 0 },
])
  test(`${iterations} iterations: ${hashes === 0 ? 'denied without a hash' : 'hashed'}`, () => {
    const zone = `
@ 300 SOA ns1 host 1 3600 600 86400 60
@ NS ns1
@ NSEC3PARAM 1 0 ${iterations} -
ns1 A 192.0.2.1`
    let made = 0
    const sha1 = (bytes: Uint8Array): Uint8Array => {
      made++
      return createHash('sha1').update(bytes).digest()
    }
    const question = { name: parseName('nothing.example.'), type: TYPE.A, dnssecOk: true }
    const answer = lookup(viewOf(parseRRs(zone, 'example.')), question, { sha1 })
    assert.equal(answer.rcode, RCODE.NXDOMAIN)
    assert.equal(hashes === 0 ? made : made % hashes, 0)
    assert.equal(made > 0, hashes > 0)
  })
