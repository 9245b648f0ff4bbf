import assert from 'node:assert/strict'
import { InvalidArgumentError } from 'commander'
import { test } from 'vitest'
import {
  isOn,
  parseNarrowing,
  parsePortBase,
  parseServer,
  parseTimeout,
  parseTtl,
  parseVersion,
  parseWait,
  withWaitMode,
} from './values.ts'

for (const { text, ms } of [
  { text: '30', ms: 30_000 },
  { text: '30s', ms: 30_000 },
  { text: '500ms', ms: 500 },
  { text: '0.5', ms: 500 },
  { text: '2m', ms: 120_000 },
  { text: '1h', ms: 3_600_000 },
])
  test(`parseTimeout: ${text} is ${ms} ms`, () => assert.equal(parseTimeout(text), ms))

for (const { text, ttl } of [
  { text: '0', ttl: 0 },
  { text: '300', ttl: 300 },
  { text: '5m', ttl: 300 },
  { text: '1H30M', ttl: 5_400 },
  { text: '2w', ttl: 1_209_600 },
  { text: '2147483647', ttl: 0x7fff_ffff },
])
  test(`parseTtl: ${text} is ${ttl} s`, () => assert.equal(parseTtl(text), ttl))

for (const { text, host, port } of [
  { text: '127.0.0.1:5300', host: '127.0.0.1', port: 5300 },
  { text: '[::1]:5300', host: '::1', port: 5300 },
  { text: '::1', host: '::1', port: 53 },
  { text: 'ns1.example', host: 'ns1.example', port: 53 },
])
  test(`parseServer: ${text}`, () => assert.deepEqual(parseServer(text, 53), { host, port }))

for (const { name, read } of [
  { name: 'a time without a number', read: () => parseTimeout('soon') },
  { name: 'a negative time', read: () => parseTimeout('-1') },
  { name: 'a TTL with another unit', read: () => parseTtl('5y') },
  { name: 'a TTL of 2³¹ (RFC 2181 §8)', read: () => parseTtl('2147483648') },
  { name: 'a port base whose last port does not exist', read: () => parsePortBase('65530') },
  { name: 'a port that does not exist', read: () => parseServer('127.0.0.1:70000', 53) },
  { name: 'version 0, which would ask for nothing', read: () => parseVersion('0') },
  { name: 'a version that is empty', read: () => parseVersion('') },
  { name: 'an address with words around it', read: () => parseServer('a b:53', 53) },
])
  test(`${name} is refused`, () => assert.throws(read, InvalidArgumentError))

test('withWaitMode: --wait alone means all edges and takes no argument after it', () => {
  assert.deepEqual(withWaitMode(['record', 'set', '--wait', 'z', 'n', 'A', '1']), [
    'record',
    'set',
    '--wait=all',
    'z',
    'n',
    'A',
    '1',
  ])
})

test('withWaitMode: a mode stays, and so does what stands behind --', () => {
  assert.deepEqual(withWaitMode(['--wait=quorum', '--', '--wait']), ['--wait=quorum', '--', '--wait'])
})

test('isOn: 0, false and no are no', () => {
  assert.deepEqual([undefined, '', '0', 'false', 'NO', '1', 'true'].map(isOn), [false, false, false, false, false, true, true])
})

test('parseWait: a mode, or names of edges', () => {
  assert.deepEqual(['all', 'quorum', 'edge-1', 'edge-1, edge-2,edge-1'].map(parseWait), [
    'all',
    'quorum',
    ['edge-1'],
    ['edge-1', 'edge-2'],
  ])
  for (const wrong of ['', 'edge-1,', 'all,edge-1']) assert.throws(() => parseWait(wrong), /Write all, quorum, or names/)
})

test('parseNarrowing: a name narrows, and an empty word does not mean everything', () => {
  assert.equal(parseNarrowing('www'), 'www')
  assert.throws(() => parseNarrowing(''), InvalidArgumentError)
})
