/** Zones and records on a whole system: imported, edited, answered, taken back. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { example, small, testSystem } from './test-system.ts'

const { run, json, file } = testSystem()

test('an imported zone is listed, shown, exported and answered', async () => {
  const imported = await json<Record<string, unknown>>('zone', 'import', 'harbour.example', example, '--wait')
  assert.deepEqual(Object.keys(imported), [
    'changeId',
    'dryRun',
    'effects',
    'warnings',
    'records',
    'warningCount',
    'errors',
    'errorCount',
    'progress',
  ])
  assert.equal(imported['records'], 51)
  const [zone] = await json<Record<string, unknown>[]>('zone', 'list')
  assert.deepEqual(
    [zone?.['zone'], zone?.['version'], zone?.['serial'], zone?.['records']],
    ['harbour.example.', 1, 2026010101, 51],
  )
  assert.deepEqual(await json('zone', 'show', 'HARBOUR.example'), zone)
  const { out } = await run(['zone', 'export', 'harbour.example'])
  assert.match(out, /^\$ORIGIN harbour\.example\.\n@ 3600 IN SOA ns1\.harbour\.example\. /)
  const exported = JSON.parse((await run(['zone', 'export', 'harbour.example', '-o', 'json'])).out) as { type: string }[]
  assert.deepEqual(exported, await json('record', 'list', 'harbour.example'))
  const answer = await json<{ rcode: string; answers: unknown[] }>('query', '7.berth.harbour.example')
  assert.deepEqual(answer.answers, [{ name: '7.berth.harbour.example.', ttl: 3600, type: 'A', value: '192.0.2.87' }])
})

for (const { name, owner, asked } of [
  { name: 'relative', owner: 'relative', asked: 'relative.harbour.example' },
  { name: 'of two labels', owner: 'a.relative', asked: 'a.relative.harbour.example.' },
  { name: 'absolute', owner: 'absolute.harbour.example.', asked: 'absolute.harbour.example' },
  { name: '@, the apex', owner: '@', asked: 'harbour.example' },
])
  test(`an owner name that is ${name} stands where it is asked for`, async () => {
    const { code, err } = await run(['record', 'set', 'harbour.example', owner, 'TXT', `set by ${name}`, '--ttl', '5m', '--wait'])
    assert.equal(code, 0, err)
    const { out } = await run(['query', asked, 'TXT', '--short'])
    assert.equal(out, `"set by ${name}"\n`)
  })

test('a name that ends in its zone without a dot is told', async () => {
  const { err } = await run(['record', 'set', 'harbour.example', 'www.harbour.example', 'A', '192.0.2.9', '--dry-run'])
  assert.match(err, /it means www\.harbour\.example\.harbour\.example\./)
})

test('values are added, removed and the RRset deleted, each a change that is answered', async () => {
  const edit = async (...words: string[]) => {
    const { effects, progress } = await json<{ effects: { added: number; removed: number }[]; progress: { stage: string } }>(
      'record',
      ...words,
      '--wait',
    )
    assert.equal(progress.stage, 'answered')
    return effects.map(({ added, removed }) => `+${added} -${removed}`)[0]
  }
  assert.equal(await edit('set', 'harbour.example', 'many', 'A', '192.0.2.1', '192.0.2.2'), '+2 -0')
  assert.equal(await edit('add', 'harbour.example', 'many', 'A', '192.0.2.3'), '+1 -0')
  assert.equal(await edit('remove', 'harbour.example', 'many', 'A', '192.0.2.1', '192.0.2.9'), '+0 -1')
  assert.equal((await run(['query', 'many.harbour.example', '--short'])).out, '192.0.2.2\n192.0.2.3\n')
  assert.equal(await edit('delete', 'harbour.example', 'many', 'A'), '+0 -2')
  assert.equal((await json<{ rcode: string }>('query', 'many.harbour.example')).rcode, 'NXDOMAIN')
})

test('a change set from a file shows its plan, and then does it', async () => {
  const set = file(
    'set.yaml',
    'zone: harbour.example\nchanges:\n  - put: { name: plan, type: A, ttl: 60, values: [192.0.2.1] }\n',
  )
  const planned = await json<{ changeId: null; plan: unknown[] }>('apply', set, '--dry-run')
  assert.deepEqual([planned.changeId, planned.plan], [null, [{ do: 'add', record: 'plan.harbour.example. 60 IN A 192.0.2.1' }]])
  assert.equal((await json<{ rcode: string }>('query', 'plan.harbour.example')).rcode, 'NXDOMAIN')
  const { changeId } = await json<{ changeId: string }>('apply', set, '--wait=quorum')
  const shown = await json<{ changeId: string; stage: string; edges: { edgeId: string; answeredMs: number }[] }>(
    'change',
    'show',
    changeId,
  )
  assert.deepEqual([shown.changeId, shown.stage, shown.edges.map(({ edgeId }) => edgeId)], [changeId, 'answered', ['edge-1']])
  assert.equal(typeof shown.edges[0]?.answeredMs, 'number')
  const watched = await run(['change', 'watch', changeId])
  assert.match(
    watched.out,
    /^chg_\w+ committed .*\nedge-1 published \+.*\nedge-1 applied \+.*\nedge-1 answered \+.*\nchg_\w+ answered everywhere\n$/,
  )
  const last = (await run(['change', 'watch', changeId, '-o', 'json'])).out.trim().split('\n').at(-1) ?? ''
  assert.deepEqual(Object.keys(JSON.parse(last) as object), ['changeId', 'stage', 'committedAt', 'done', 'edges'])
})

test('a change that changes nothing makes no version', async () => {
  const words = ['record', 'set', 'harbour.example', 'same', 'A', '192.0.2.1', '--ttl', '60']
  await json(...words)
  const again = await json<{ changeId: null; effects: { changed: boolean }[] }>(...words, '--wait')
  assert.deepEqual([again.changeId, again.effects[0]?.changed], [null, false])
})

test('a zone is created and deleted', async () => {
  await json('zone', 'create', 'new.example', '--ns', 'ns1.dns.example', '--ns', 'ns2.dns.example', '--default-ttl', '10m')
  const [ns] = await json<{ values: string[]; ttl: number }[]>('record', 'list', 'new.example', '--type', 'NS')
  assert.deepEqual([ns?.ttl, ns?.values], [600, ['ns1.dns.example.', 'ns2.dns.example.']])
  const deleted = await json<{ progress: { stage: string } }>('zone', 'delete', 'new.example', '--wait')
  assert.equal(deleted.progress.stage, 'answered')
  assert.equal((await json<{ rcode: string }>('query', 'new.example')).rcode, 'REFUSED')
})

test('data goes to stdout and talk to stderr, without colour; --quiet silences the talk', async () => {
  const words = ['record', 'set', 'harbour.example', 'talk', 'A', '192.0.2.1']
  const { out, err } = await run(words)
  assert.match(out, /^change {2}chg_\w+\nzone {4}harbour\.example\. version \d+, serial \d+ \(1 record added, 0 removed\)\n$/)
  assert.match(err, /Watch it: npx zonectl change watch chg_/)
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(out + err, /\u001b/)
  assert.equal((await run([...words, '--quiet'])).err, '')
})

test('yaml holds what json holds', async () => {
  const { out } = await run(['zone', 'show', 'harbour.example', '-o', 'yaml'])
  assert.match(out, /^zone: harbour\.example\.\nid: /)
})

test('what went wrong is found, compared, taken back and answered as it was', async () => {
  await run(['zone', 'import', 'undo.example', file('undo.zone', small), '--wait'])
  await run(['record', 'set', 'undo.example', 'www', 'A', '192.0.2.1', '--reason', 'goes well', '--wait'])
  await run(['record', 'set', 'undo.example', 'www', 'A', '192.0.2.66', '--reason', 'goes wrong', '--wait'])
  const history = await json<{ version: number; reason: string; principal: string }[]>(
    'zone',
    'history',
    'undo.example',
    '--name',
    'www',
  )
  assert.deepEqual(
    history.slice(0, 2).map(({ version, reason }) => [version, reason]),
    [
      [3, 'goes wrong'],
      [2, 'goes well'],
    ],
  )
  const { code, out } = await run(['zone', 'diff', 'undo.example', '2', '--exit-code'])
  assert.deepEqual([code, out.match(/^[-+]/gm)], [2, ['-', '+']])
  assert.equal((await run(['zone', 'diff', 'undo.example', '3', '3', '--exit-code'])).code, 0)
  const { code: refused, err } = await run(['zone', 'diff', 'undo.example', '1', '77'])
  assert.deepEqual([refused, /there never was a version 77 of undo\.example\.; the newest is \d/.test(err)], [1, true])
  await json('zone', 'restore', 'undo.example', '2', '--wait')
  const answer = await json<{ answers: { value: string }[] }>('query', 'www.undo.example')
  assert.deepEqual(
    answer.answers.map(({ value }) => value),
    ['192.0.2.1'],
  )
  await run(['zone', 'delete', 'undo.example', '--no-input', '--wait'])
  await json('zone', 'undelete', 'undo.example', '--wait')
  assert.equal((await json<{ answers: unknown[] }>('query', 'www.undo.example')).answers.length, 1)
  const found = await json<{ zone: string; name: string }[]>('record', 'find', '--value', '192.0.2.1', '--zone', 'undo.example')
  assert.deepEqual(
    found.map(({ name }) => name),
    ['ns1.undo.example.', 'www.undo.example.'],
  )
  const { err: outside } = await run(['zone', 'history', 'undo.example', '--name', 'www.harbour.example.'])
  assert.match(outside, /^zonectl: www\.harbour\.example\. is not in the zone undo\.example\.; .*\n {2}name {2}OUT_OF_ZONE\n$/)
  const { err: doubled } = await run(['zone', 'history', 'undo.example', '--name', 'www.undo.example'])
  assert.match(doubled, /^note: www\.undo\.example has no dot at its end/)
  const [event] = await json<{ kind: string; method: string }[]>('audit', '--zone', 'undo.example', '--limit', '1')
  assert.deepEqual([event?.kind, event?.method], ['change', 'UndeleteZone'])
})
