/** Cookies against the vectors of RFC 9018, and what becomes of them. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { addressOctets } from './client-address.ts'
import { checkCookie } from './cookies.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const textOf = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex')
const secrets = [hex('e5e973e5a6b2a43f48e7dc849e37bfcf')]
const client = '198.51.100.100'
const made = '2464c4abcf10c957010000005cf79f111f8130c3eee29480'
const madeAt = 1559731985

test('a client without a server cookie gets one (RFC 9018 A.1)', () => {
  const checked = checkCookie(hex('2464c4abcf10c957'), client, madeAt, { secrets })
  assert.deepEqual([checked?.state, textOf(checked?.reply)], ['new', made])
})

test('IPv6 (RFC 9018 A.4)', () => {
  const options = { secrets: [hex('445536bcd2513298075a5d379663c962')] }
  const checked = checkCookie(hex('22681ab97d52c298'), '2001:db8:220:1:59de:d0f4:8769:82b8', 1559741961, options)
  assert.equal(textOf(checked?.reply), '22681ab97d52c298010000005cf7c609a6bb79d16625507a')
})

for (const { name, cookie = made, from = client, at = madeAt, keys = secrets, state, isNew = true } of [
  { name: 'its own is good and comes back', state: 'good', isNew: false },
  { name: 'after half an hour it is renewed', at: madeAt + 1801, state: 'good' },
  { name: 'after an hour it is no longer good', at: madeAt + 3601, state: 'bad' },
  { name: 'from too far ahead it is bad', at: madeAt - 301, state: 'bad' },
  { name: 'for another address it is bad', from: '198.51.100.101', state: 'bad' },
  { name: 'under another secret it is bad', keys: [hex('00'.repeat(16))], state: 'bad' },
  { name: 'under the secret before it is good', keys: [hex('00'.repeat(16)), ...secrets], state: 'good', isNew: false },
  { name: 'of another version it is bad', cookie: made.replace('c95701', 'c95702'), state: 'bad', isNew: false },
  { name: 'of another length it is bad', cookie: `${made}00`, state: 'bad', isNew: false },
])
  test(`a server cookie: ${name}`, () => {
    const checked = checkCookie(hex(cookie), from, at, { secrets: keys })
    assert.equal(checked?.state, state)
    assert.equal(textOf(checked.reply) !== made, isNew)
  })

for (const octets of [0, 7, 9, 15, 41])
  test(`a cookie of ${octets} octets is malformed`, () => {
    assert.equal(checkCookie(new Uint8Array(octets), client, madeAt, { secrets }), undefined)
  })

for (const [text, octets] of [
  ['192.0.2.1', 'c0000201'],
  ['::ffff:192.0.2.1', 'c0000201'],
  ['::1', '00000000000000000000000000000001'],
  ['fe80::1%eth0', 'fe800000000000000000000000000001'],
  ['2001:db8::1:0:192.0.2.1', '20010db8000000000001 0000c0000201'.replace(' ', '')],
  ['::', '00'.repeat(16)],
] as const)
  test(`addressOctets: ${text}`, () => assert.equal(textOf(addressOctets(text)), octets))
