/** The UPDATE messages that peers are sent (RFC 2136). */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { parseName } from '@zonecast/dns'
import { updateMessage } from './update-client.ts'

test('a host is replaced: its A RRset is deleted, then one RR is added (§2.5.2, §2.5.1)', () => {
  const message = updateMessage(7, parseName('example.'), [{ host: 'www', address: '192.0.2.1' }])
  const owner = '03777777c00c'
  const expected = [
    '003d', // length
    '0007280000010000000200',
    '00', // id, opcode 5, one zone, two RRs
    '076578616d706c6500',
    '00060001', // example. SOA IN
    owner,
    '000100ff000000000000', // A ANY, TTL 0, no RDATA
    owner,
    '000100010000003c0004',
    'c0000201',
  ].join('')
  assert.equal(message.toString('hex'), expected)
})
