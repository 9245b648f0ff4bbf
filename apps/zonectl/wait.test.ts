/** Edges, and the wait for them. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { beforeAll, test } from 'vitest'
import { pidsIn } from './test-io.ts'
import { example, testSystem } from './test-system.ts'

const { data, folder, started, run, json } = testSystem()
beforeAll(() => json('zone', 'import', 'harbour.example', example, '--wait'))

test('edges and the caller are described', async () => {
  const [edge] = await json<{ edgeId: string; connected: boolean; state: string }[]>('edge', 'list')
  assert.deepEqual([edge?.edgeId, edge?.connected, edge?.state], ['edge-1', true, 'expected'])
  const [status] = await json<{ level: boolean; dnsAddresses: string[] }[]>('edge', 'status')
  assert.equal(status?.level, true)
  assert.equal((await json<{ role: string }>('whoami')).role, 'administrator')
  const whole = await json<Record<'database' | 'events' | 'edges', Record<string, unknown>>>('status')
  assert.deepEqual([whole.database['reachable'], whole.events['transport'], whole.edges['connected']], [true, 'embedded', 1])
  const { out } = await run(['status'])
  assert.match(
    out,
    /^zone API +\d+\.\d+\.\d+, started .* ago\ndatabase +SQLite, schema at .*\nlineage +sound, log [0-9a-f]{32}\n/,
  )
  assert.match(out, /\nevents +by the zone API itself\nedges +1 expected, 1 connected/)
})

test('a system that lacks something ends with 69, which says what', async () => {
  assert.equal((await run(['status'])).code, 0)
  await json('access', 'principal', 'create', 'edge-7', '--kind', 'edge')
  await json('access', 'token', 'create', 'edge-7', '--out', join(folder, 'edge-7.token'))
  const { code, out, err } = await run(['status'])
  assert.deepEqual([code, err], [69, 'zonectl: the system is not whole: not connected: edge-7\n'])
  assert.match(out, /\nedges +2 expected, 1 connected, late: edge-7 \(not connected, never heard\)/)
  const reset = await run(['edge', 'reset', 'edge-7', 'harbour.example', '--force', '--no-input'])
  assert.equal(reset.code, 69)
  assert.match(reset.err, /^zonectl: edge edge-7 is connected to no publisher \(.*\); what it serves is unchanged\n/)
  assert.doesNotMatch(reset.err, /is the system running/)
  await json('edge', 'retire', 'edge-7')
  assert.match((await run(['edge', 'reset', 'edge-7', 'harbour.example', '--no-input'])).err, /^zonectl: edge edge-7 is retired;/)
  assert.equal((await run(['status'])).code, 0)
})

test('a wait for edges by name: 0 when they answer, 64 before anything is changed where there is no such edge', async () => {
  const set = (address: string, wait: string) =>
    run(['record', 'set', 'harbour.example', 'named', 'A', address, `--wait=${wait}`])
  assert.equal((await set('192.0.2.1', 'edge-1')).code, 0)
  const { code, err, out } = await set('192.0.2.2', 'edge-1,edge-9')
  assert.deepEqual([code, out], [64, ''])
  assert.match(err, /there is no edge edge-9; nothing was changed\n {2}edges that can be waited for: edge-1/)
  const [rrset] = await json<{ values: string[] }[]>('record', 'list', 'harbour.example', '--name', 'named')
  assert.deepEqual(rrset?.values, ['192.0.2.1'])
  assert.equal((await set('192.0.2.3', 'all,edge-1')).code, 64)
})

test('an edge is drained, retired and expected again, and a wait knows it', async () => {
  const state = async (...words: string[]) => (await json<{ state: string }>('edge', ...words)).state
  assert.equal(await state('drain', 'edge-1', '--reason', 'a new disk'), 'draining')
  const waited = await run(['record', 'set', 'harbour.example', 'drained', 'A', '192.0.2.1', '--wait=edge-1'])
  assert.equal(waited.code, 64)
  assert.match(waited.err, /edge edge-1 is draining: no change waits for it/)
  assert.equal(await state('retire', 'edge-1'), 'retired')
  assert.equal(await state('expect', 'edge-1'), 'expected')
  const events = await json<{ kind: string; edgeId: string; before: string; after: string; reason: string }[]>('audit')
  assert.deepEqual(
    events
      .filter(({ kind, edgeId }) => kind === 'edge' && edgeId === 'edge-1')
      .map(({ before, after, reason }) => [before, after, reason]),
    [
      ['retired', 'expected', ''],
      ['draining', 'retired', ''],
      ['expected', 'draining', 'a new disk'],
    ],
  )
  const sound = await run(['edge', 'reset', 'edge-1', 'harbour.example'])
  assert.equal(sound.code, 1)
  assert.match(sound.err, /not later than what was committed/)
  assert.equal((await run(['edge', 'reset', 'edge-9', 'harbour.example'])).code, 1)
})

test('a wait ends with 69 and names the silent edge, and the change is told all the same', async () => {
  const { edges } = started().json
  const { 'edge-1': held = 0 } = pidsIn(data)
  process.kill(held, 'SIGSTOP')
  try {
    const { code, out, err } = await run([
      'record',
      'set',
      'harbour.example',
      'silent',
      'A',
      '192.0.2.1',
      '--wait',
      '--timeout',
      '1',
      '-o',
      'json',
    ])
    assert.equal(code, 69)
    assert.match(err, /not answered everywhere\n {2}edge-1 does not answer it after 1\.0 s, step (release|apply): /)
    const { changeId, progress } = JSON.parse(out) as { changeId: string; progress: { edges: { edgeId: string }[] } }
    assert.match(changeId, /^chg_/)
    assert.deepEqual(
      progress.edges.map(({ edgeId }) => edgeId),
      edges.map(({ edgeId }) => edgeId),
    )
  } finally {
    process.kill(held, 'SIGCONT')
  }
})
