/** Thousands of slightly wrong records, read by us and, in one process, by named-compilezone. */
import assert from 'node:assert/strict'
import { beforeAll, test } from 'vitest'
import { type ChangedLine, changedLines } from './changed-lines.ts'
import { header } from './corpus.ts'
import { judge } from './judges.ts'
import { judgeOurselves } from './ours.ts'
import { linesOf } from './verdict.ts'
import { zoneOfMany } from './verdicts.ts'

/** What named reads and we do not. */
const namedIsLenient: readonly { reason: string; applies(line: ChangedLine): boolean }[] = [
  { reason: 'a number with a sign', applies: ({ rdata }) => rdata.includes('+1') },
  { reason: 'flags in hexadecimal or words', applies: ({ type, rdata }) => type.endsWith('KEY') && /^(?:0x1|N) /.test(rdata) },
  {
    reason: 'the target of a service in quotes',
    applies: ({ type, rdata }) => /^(?:SVCB|HTTPS)$/.test(type) && /^\d+ "/.test(rdata),
  },
  { reason: 'SvcParamKeys in capitals', applies: ({ type, rdata }) => /^(?:SVCB|HTTPS)$/.test(type) && /[A-Z]/.test(rdata) },
  {
    reason: 'a type by its number alone',
    applies: ({ type, rdata }) => /^(?:RRSIG|SIG|NXT|DSYNC)$/.test(type) && /(?:^| )\d+( |$)/.test(rdata),
  },
  { reason: 'a fingerprint of no octets', applies: ({ type, rdata }) => type === 'SSHFP' && /^\d+ \d+$/.test(rdata) },
  { reason: 'an empty target', applies: ({ type, rdata }) => type === 'URI' && rdata.endsWith('""') },
]

/** What we read and named does not. */
const weAreLenient: readonly { reason: string; applies(line: ChangedLine): boolean }[] = [
  { reason: 'the SvcParam ohttp', applies: ({ type, rdata }) => type === 'HTTPS' && rdata.includes('ohttp') },
  { reason: 'a signature with fewer labels than its signer has', applies: ({ type }) => type === 'RRSIG' },
  { reason: 'the times of SIG in seconds, as RRSIG has them', applies: ({ type }) => type === 'SIG' },
  {
    reason: 'neither algorithm nor key (RFC 4025 §2.4)',
    applies: ({ type, rdata }) => type === 'IPSECKEY' && / 0 \S+$/.test(rdata),
  },
]

const lines = changedLines()
const readByUs = new Set<ChangedLine>()
const readByNamed = new Set<ChangedLine>()

beforeAll(async () => {
  const firstLine = header.split('\n').length
  const { message } = await judge('named', zoneOfMany(lines))
  // Of NXT it only says that it is old.
  const complaints = message.matchAll(/example\.com\.zone:(\d+): (?!old style DNSSEC)/g)
  const refused = new Set([...complaints].map(([, line]) => Number(line) - firstLine))
  lines.forEach((line, i) => {
    if (!refused.has(i)) readByNamed.add(line)
    if (judgeOurselves(zoneOfMany([line])).rrs !== undefined) readByUs.add(line)
  })
})

const unexplained = (some: readonly ChangedLine[], reasons: typeof weAreLenient) =>
  some.filter((line) => !reasons.some(({ applies }) => applies(line))).map(({ type, rdata }) => `${type} ${rdata}`)

test('named has read the lines: it refuses some and takes others', () => {
  assert.ok(lines.length > 10_000)
  assert.ok(readByNamed.size > 1000 && readByNamed.size < lines.length - 1000)
})

test('what we read named reads', () =>
  assert.deepEqual(
    unexplained(
      lines.filter((line) => readByUs.has(line) && !readByNamed.has(line)),
      weAreLenient,
    ),
    [],
  ))

test('what named reads we read', () =>
  assert.deepEqual(
    unexplained(
      lines.filter((line) => readByNamed.has(line) && !readByUs.has(line)),
      namedIsLenient,
    ),
    [],
  ))

test('what both read is the same octets', async () => {
  const text = zoneOfMany(lines.filter((line) => readByUs.has(line) && readByNamed.has(line)))
  const theirs = await judge('named', text)
  assert.notEqual(theirs.rrs, undefined, theirs.message)
  const known = new Set(linesOf(theirs.rrs!))
  assert.deepEqual(
    linesOf(judgeOurselves(text).rrs!).filter((line) => !known.has(line)),
    [],
  )
})
