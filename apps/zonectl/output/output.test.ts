import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'vitest'
import { isReached } from '../wait.ts'
import { cachesText, effectLine, progressLines, progressTable, silentEdges } from './change-view.ts'
import type { EdgeJson } from './json.ts'
import { LiveView } from './live-view.ts'
import { line } from './progress-bar.ts'
import { fields, table, TableWriter } from './table.ts'
import { count, formatAfter, formatMs, formatOctets, printable } from './text.ts'

const edge: EdgeJson = {
  edgeId: 'edge-1',
  stage: 'committed',
  publishedAt: null,
  appliedAt: null,
  answeredAt: null,
  publishedMs: null,
  appliedMs: null,
  answeredMs: null,
  mergedIntoVersion: null,
  late: false,
  disconnected: false,
  refusal: '',
  awaitedStep: 'release',
  awaitedReason: 'no publisher has sent it yet',
  lastHeardAt: null,
}

for (const { name, is, text } of [
  { name: 'octets', is: formatOctets(1023), text: '1023 octets' },
  { name: 'KiB', is: formatOctets(1536), text: '1.5 KiB' },
  { name: 'hundreds without a fraction', is: formatOctets(150 << 20), text: '150 MiB' },
  { name: 'one thing', is: count(1, 'record'), text: '1 record' },
  { name: 'thousands', is: count(1_234_567n, 'record'), text: '1 234 567 records' },
  { name: 'a few milliseconds', is: formatMs(1.25), text: '1.3 ms' },
  { name: 'seconds', is: formatAfter(1_234), text: '+1.2 s' },
  { name: 'a clock that is behind', is: formatAfter(-3), text: '−3 ms' },
  { name: 'minutes', is: formatMs(61_000), text: '1 min 1 s' },
  { name: 'an escape sequence is shown and not obeyed', is: printable('a\u001b[2Jb'), text: 'a\\x1b[2Jb' },
])
  test(`text: ${name}`, () => assert.equal(is, text))

test('table: columns stand two spaces apart, numbers to the right, nothing is cut and no line ends in spaces', () => {
  const columns = [{ title: 'NAME' }, { title: 'TTL', align: 'right' }, { title: 'VALUE' }] as const
  const rows = [
    ['a.example.', '5', 'x'],
    ['b.', '3600', 'a long value that is longer than its title'],
  ]
  assert.equal(
    table(columns, rows),
    ['NAME         TTL  VALUE', 'a.example.     5  x', 'b.          3600  a long value that is longer than its title', ''].join(
      '\n',
    ),
  )
})

test('table: a later batch keeps the columns and has no titles', () => {
  const writer = new TableWriter([{ title: 'A' }, { title: 'B' }])
  writer.write([['long', 'x']])
  assert.equal(writer.write([['s', 'y']]), 's     y\n')
})

test('fields: what is empty is left out', () => assert.equal(fields({ one: '1', none: undefined, three: '' }), 'one  1\n'))

test('progressTable: steps that were taken at an unknown time are still taken', () => {
  assert.match(progressTable([{ ...edge, stage: 'applied', appliedMs: 4 }]), /edge-1 +yes +\+4 ms +-$/m)
})

test('progressLines: one line for each new step, with what came in between', () => {
  const published = { ...edge, stage: 'published' as const, publishedMs: 1 }
  const answered = { ...published, stage: 'answered' as const, appliedMs: 3, answeredMs: 4, mergedIntoVersion: 7 }
  assert.deepEqual(progressLines(published, edge), ['edge-1 published +1 ms'])
  assert.deepEqual(progressLines(answered, published), ['edge-1 applied +3 ms', 'edge-1 answered +4 ms: with version 7'])
  assert.deepEqual(progressLines({ ...published, disconnected: true }, published), ['edge-1 published: not connected'])
})

test('silentEdges: names those that do not answer, with the step and why', () => {
  const refusing = { awaitedStep: 'apply', awaitedReason: 'it refuses the zone: DIGEST_MISMATCH' }
  const others = [
    { ...edge, edgeId: 'edge-2', ...refusing, lastHeardAt: '2026-11-30T09:05:00.000Z' },
    { ...edge, edgeId: 'edge-3', stage: 'answered' as const },
  ]
  assert.deepEqual(silentEdges([edge, ...others], 3_000), [
    'edge-1 does not answer it after 3.0 s, step release: no publisher has sent it yet',
    'edge-2 does not answer it after 3.0 s, step apply: it refuses the zone: DIGEST_MISMATCH (last heard 2026-11-30T09:05:00.000Z)',
  ])
})

test('cachesText: the largest TTL of all zones counts, and new data is in no cache', () => {
  const effect = { zone: 'a.', generation: 1, version: 2, serial: 3, digest: '', deleted: false, previousVersion: 1 }
  const touched = (oldTtl: number) => ({
    ...effect,
    changed: true,
    added: 1,
    removed: 1,
    oldTtl,
    notesChanged: 0,
    tagsChanged: false,
  })
  const text = 'have forgotten the old data by 2026-11-30T09:05:00Z (TTL 300 s)'
  assert.equal(cachesText([touched(60), touched(300)], Date.parse('2026-11-30T09:00:00.250Z')), text)
  assert.equal(cachesText([touched(0)], 0), undefined)
})

test('effectLine: says what was done', () => {
  const effect = {
    zone: 'a.',
    changed: true,
    generation: 1,
    version: 2,
    serial: 3,
    digest: '',
    deleted: false,
    previousVersion: 1,
  }
  const counts = { added: 1, removed: 0, oldTtl: 60, notesChanged: 0, tagsChanged: false }
  assert.equal(effectLine({ ...effect, ...counts }), 'a. version 2, serial 3 (1 record added, 0 removed)')
  assert.equal(effectLine({ ...effect, ...counts, changed: false }), 'a. is as asked already: version 2, serial 3')
  const tagged = { ...effect, ...counts, tagsChanged: true, changed: false }
  assert.equal(effectLine(tagged), 'a. tags changed; the zone stays at version 2')
  const noted = { ...effect, ...counts, notesChanged: 1, changed: false }
  assert.equal(effectLine(noted), 'a. comment or tags of 1 RRset changed; the zone stays at version 2')
})

test('line: the bar is full at the end and never above', () => {
  assert.match(
    line({ octets: 50, total: 100, isSent: false, ms: 1_000 }),
    /^█{15}░{15} 50 % {2}50 octets of 100 octets {2}50 octets\/s {2}1 s left$/,
  )
  assert.match(line({ octets: 120, total: 100, isSent: false, ms: 1_000 }), /^█{30} 100 %/)
  assert.match(line({ octets: 7, total: undefined, isSent: false, ms: 1_000 }), /^7 octets {2}7 octets\/s$/)
})

test('LiveView: draws in the place of the last, and no more than the window holds', () => {
  let written = ''
  const screen = Object.assign(new Writable({ write: (chunk: Buffer, _, done) => ((written += chunk.toString()), done()) }), {
    rows: 3,
    columns: 5,
  })
  const live = new LiveView(screen)
  live.draw('one\ntwo\nthree')
  live.draw('a long line')
  assert.equal(written, 'one\u001b[K\ntwo\u001b[K\n\u001b[J\u001b[2A\ra lon\u001b[K\n\u001b[J')
})

for (const { answered, of, isQuorum } of [
  { answered: 1, of: 1, isQuorum: true },
  { answered: 1, of: 2, isQuorum: false },
  { answered: 2, of: 3, isQuorum: true },
  { answered: 2, of: 4, isQuorum: false },
])
  test(`a quorum: ${answered} of ${of} edges is ${isQuorum ? 'enough' : 'too few'}`, () => {
    const edges = Array.from({ length: of }, (_, i) => ({ ...edge, stage: i < answered ? ('answered' as const) : edge.stage }))
    assert.equal(isReached('quorum', { edges }), isQuorum)
  })

test('a wait for edges by name is over when these answer, whatever the others do', () => {
  const edges = [
    { ...edge, stage: 'answered' as const },
    { ...edge, edgeId: 'edge-2' },
  ]
  const reached = [['edge-1'], ['edge-2'], ['edge-1', 'edge-2'], ['edge-3']].map((names) => isReached(names, { edges }))
  assert.deepEqual(reached, [true, false, false, false])
})
