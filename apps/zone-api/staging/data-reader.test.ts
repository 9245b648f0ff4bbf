import assert from 'node:assert/strict'
import { encodeRR, formatRR, parseName, type RR, TYPE } from '@zonecast/dns'
import { test } from 'vitest'
import { ErrorList } from './data-errors.ts'
import { type DataFormat, dataReader } from './data-reader.ts'
import { defaultRecords } from './import-request.ts'

const apex = parseName('example.com.')

function read(format: DataFormat, data: Uint8Array | string, cut = 1): { rrs: string[]; errors: ErrorList } {
  const errors = new ErrorList()
  const rrs: string[] = []
  const ports = { apex, defaultTtl: 77, records: defaultRecords, dropped: () => assert.fail('left out'), errors }
  const reader = dataReader(format, { ...ports, take: (rr) => void rrs.push(formatRR(rr)) })
  const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data
  for (let at = 0; at < bytes.length; at += cut) reader.push(bytes.subarray(at, at + cut))
  reader.end()
  return { rrs, errors }
}

test('records without a TTL get the zone’s default', () => {
  assert.deepEqual(read('zone-file', 'www IN A 192.0.2.1\n').rrs, ['www.example.com. 77 IN A 192.0.2.1'])
})

for (const { name, text, errors } of [
  {
    name: 'every faulty line is reported, with line, column and text',
    text: 'a IN A 192.0.2.999\nb IN A 192.0.2.1\nc IN AAAA 192.0.2.1\n',
    errors: [
      [1, 8, '192.0.2.999', 'ZONE_FILE_SYNTAX'],
      [3, 11, '192.0.2.1', 'ZONE_FILE_SYNTAX'],
    ],
  },
  {
    name: 'a name outside the zone is refused where it stands',
    text: 'a IN A 192.0.2.1\n  IN A 192.0.2.2\nwww.example.org. IN A 192.0.2.1\n',
    errors: [[3, 1, 'www.example.org.', 'OUT_OF_ZONE']],
  },
  {
    name: '$INCLUDE is refused: the server reads no files of its callers',
    text: '$INCLUDE /etc/passwd\n',
    errors: [[1, 10, '/etc/passwd', 'ZONE_FILE_SYNTAX']],
  },
] as const) {
  test(`zone file: ${name}`, () => {
    const found = read('zone-file', text).errors.list()
    const rows = found.errors.map(({ line, column, text: at, reason }) => [line, column, at, reason])
    assert.deepEqual(rows, errors)
  })
}

test('a hundred errors are listed and all are counted', () => {
  const { count, errors } = read('zone-file', 'a IN A no\n'.repeat(250), 10_000).errors.list()
  assert.equal(count, 250)
  assert.equal(errors.length, 100)
})

const a: RR = { owner: parseName('a', apex), type: TYPE.A, ttl: 1, rdata: new Uint8Array([192, 0, 2, 1]) }
const largest: RR = { owner: apex, type: 65_280, ttl: 1, rdata: new Uint8Array(65_535) }
const joined = (...rrs: RR[]) => Buffer.concat(rrs.map(encodeRR))

for (const cut of [1, 7, 70_000, 1_000_000]) {
  test(`wire format is read in pieces of ${cut}`, () => {
    const rrs = cut === 1 ? [a, a] : [a, largest, a, largest, largest, largest, largest, a]
    assert.deepEqual(read('wire', joined(...rrs), cut).rrs, rrs.map(formatRR))
  })
}

test('wire format that is cut off is refused, and what stood before it is read', () => {
  const { rrs, errors } = read('wire', joined(a, a).subarray(0, -1), 100)
  assert.equal(rrs.length, 1)
  assert.match(errors.list().errors[0]!.message, /at octet 29 of the data/)
})

test('wire format with malformed RDATA, a foreign owner and a meta type is refused three times over', () => {
  const shortA = { ...a, rdata: new Uint8Array(3) }
  const foreign = { ...a, owner: parseName('a.example.org.') }
  const { rrs, errors } = read('wire', joined(shortA, a, foreign, { ...a, type: 252 }), 1000)
  assert.equal(rrs.length, 1)
  const reasons = errors.list().errors.map(({ reason }) => reason)
  assert.deepEqual(reasons, ['RDATA_INVALID', 'OUT_OF_ZONE', 'TYPE_INVALID'])
})
