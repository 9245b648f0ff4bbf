import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, test, vi } from 'vitest'
import { type Ran, type StartedUp, startUp, temporaryFolder, zonectl } from './test-io.ts'

// Several programs start, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const folder = temporaryFolder()
const data = join(folder.path, 'data')
const example = fileURLToPath(new URL('example/harbour.example.zone', import.meta.url))
let system: StartedUp

beforeAll(async () => {
  system = await startUp(data)
})

afterAll(async () => {
  await system?.kill('SIGTERM')
  folder.remove()
})

const run = (words: readonly string[], more?: { input?: string }): Promise<Ran> => zonectl([...words, '--data', data], more)

/** Runs a command that has to work, and reads what it prints. */
async function json<Value>(...words: string[]): Promise<Value> {
  const { code, out, err } = await run([...words, '-o', 'json'])
  assert.equal(code, 0, err)
  return JSON.parse(out) as Value
}

function file(name: string, text: string): string {
  const path = join(folder.path, name)
  writeFileSync(path, text)
  return path
}

const small = '$TTL 300\n@ SOA ns1 hostmaster 5 7200 3600 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n'

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

for (const { name, text, faults } of [
  { name: 'a wrong line', text: `${small}www A 1.2.3\n`, faults: [/bad\.zone:5:7: 1\.2\.3 is not an IPv4 address/] },
  { name: 'two wrong lines', text: `${small}www A 1.2.3\nx WHAT\n`, faults: [/bad\.zone:5:7: /, /bad\.zone:6:3: /] },
  {
    name: 'a CNAME beside an A',
    text: `${small}ns1 CNAME x\n`,
    faults: [/bad\.zone:5:1: ns1\.bad\.example\. has a CNAME and A/],
  },
  { name: 'a file without NS', text: '@ 60 SOA a b 1 1 1 1 1\n', faults: [/NS/] },
])
  test(`an import of ${name} names each place and changes nothing`, async () => {
    const { code, out, err } = await run(['zone', 'import', 'bad.example', file('bad.zone', text)])
    assert.equal(code, 1)
    assert.equal(out, '')
    for (const fault of faults) assert.match(err, fault)
    assert.match(err, /nothing was imported/)
    assert.equal((await run(['zone', 'show', 'bad.example'])).code, 1)
  })

test('an import that removes most of a zone is refused, and goes in with --force', async () => {
  const records = Array.from({ length: 20 }, (_, i) => `host${i} A 192.0.2.${i}\n`).join('')
  await json('zone', 'import', 'guard.example', file('guard.zone', small + records))
  const refused = await run(['zone', 'import', 'guard.example', file('less.zone', small)])
  assert.equal(refused.code, 1)
  assert.match(refused.err, /this removes 20 of 23 RRsets .*\n.*--force imports it all the same/)
  const { effects } = await json<{ effects: { removed: number }[] }>(
    'zone',
    'import',
    'guard.example',
    join(folder.path, 'less.zone'),
    '--force',
  )
  assert.equal(effects[0]?.removed, 20)
})

test('a merge leaves what it does not name, and standard input is a file like any other', async () => {
  await json('zone', 'import', 'merge.example', file('merge.zone', small))
  const { code, err } = await run(['zone', 'import', 'merge.example', '-', '--merge', '--wait'], {
    input: 'new 60 A 192.0.2.7\n',
  })
  assert.equal(code, 0, err)
  const rrsets = await json<{ name: string }[]>('record', 'list', 'merge.example', '--type', 'A')
  assert.deepEqual(
    rrsets.map(({ name }) => name),
    ['new.merge.example.', 'ns1.merge.example.'],
  )
})

test('$INCLUDE is read from the folder of the file, with its origin, and changes nothing after it', async () => {
  mkdirSync(join(folder.path, 'parts'))
  file('parts/hosts.zone', 'a A 192.0.2.2\n  TXT "below a"\n')
  const { code, err } = await run([
    'zone',
    'import',
    'inc.example',
    file('inc.zone', `${small}$INCLUDE parts/hosts.zone sub\nlast A 192.0.2.3\n`),
  ])
  assert.equal(code, 0, err)
  const rrsets = await json<{ name: string; type: string; ttl: number }[]>('record', 'list', 'inc.example')
  assert.deepEqual(
    rrsets.slice(2).map(({ name, type, ttl }) => `${name} ${ttl} ${type}`),
    ['last.inc.example. 300 A', 'ns1.inc.example. 300 A', 'a.sub.inc.example. 300 A', 'a.sub.inc.example. 300 TXT'],
  )
})

test('$INCLUDE does not leave the folder, neither by its path nor by a symbolic link, and faults stand at their own lines', async () => {
  symlinkSync('/etc/hostname', join(folder.path, 'parts/link'))
  file('parts/out.zone', 'x A 1.2.3\n$INCLUDE ../../etc/hostname\n$INCLUDE link\n')
  const { code, err } = await run(['zone', 'import', 'out.example', file('out.zone', `${small}$INCLUDE parts/out.zone\n`)])
  assert.equal(code, 1)
  assert.match(err, /parts\/out\.zone:1:5: 1\.2\.3 is not an IPv4 address/)
  assert.match(err, /parts\/out\.zone:2:10: \$INCLUDE \.\.\/\.\.\/etc\/hostname: the path leaves /)
  assert.match(err, /parts\/out\.zone:3:10: \$INCLUDE link: a symbolic link leads out/)
  assert.equal((await run(['zone', 'show', 'out.example'])).code, 1)
})

test('a zone is created and deleted', async () => {
  await json('zone', 'create', 'new.example', '--ns', 'ns1.dns.example', '--ns', 'ns2.dns.example', '--default-ttl', '10m')
  const [ns] = await json<{ values: string[]; ttl: number }[]>('record', 'list', 'new.example', '--type', 'NS')
  assert.deepEqual([ns?.ttl, ns?.values], [600, ['ns1.dns.example.', 'ns2.dns.example.']])
  const deleted = await json<{ progress: { stage: string } }>('zone', 'delete', 'new.example', '--wait')
  assert.equal(deleted.progress.stage, 'answered')
  assert.equal((await json<{ rcode: string }>('query', 'new.example')).rcode, 'REFUSED')
})

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

test('an error is a document for programs: what is wrong, where, and why', async () => {
  const { code, out, err } = await run(['record', 'set', 'harbour.example', '@', 'CNAME', 'x', '-o', 'json'])
  assert.deepEqual([code, out], [1, ''])
  const { error } = JSON.parse(err)
  const [{ field, reason, subject, description }] = error.violations
  assert.deepEqual([error.code, error.exitCode, error.message], ['failed_precondition', 1, description])
  assert.deepEqual([field, reason, subject], ['changes[0].put', 'CNAME_CONFLICT', 'harbour.example.'])
})

for (const { name, words, code, says } of [
  { name: 'an unknown zone', words: ['zone', 'show', 'nope.example'], code: 1, says: /there is no zone nope\.example\./ },
  { name: 'an unknown change', words: ['change', 'show', 'nope'], code: 1, says: /there is no change nope/ },
  {
    name: 'a wrong value',
    words: ['record', 'set', 'harbour.example', 'x', 'A', 'y'],
    code: 1,
    // Said once: the second line tells where, and the name of the reason.
    says: /^zonectl: (.*y is not an IPv4 address.*)\n {2}changes\[0\]\.put\.values\[0\] {2}RDATA_INVALID\n$/,
  },
  {
    name: 'a moved version',
    words: ['record', 'set', 'harbour.example', 'x', 'A', '192.0.2.1', '--if-version', '1'],
    code: 1,
    says: /version/,
  },
  {
    name: 'a span of time that ends before it begins',
    words: ['audit', '--since', '1h', '--until', '2h'],
    code: 1,
    says: /^zonectl: until \(.*Z\) has to be later than since \(.*Z\): nothing lies between them\n {2}\w+ {2}TIME_SPAN_EMPTY\n$/,
  },
  { name: 'an unknown edge', words: ['edge', 'status', 'edge-9'], code: 64, says: /has no edge edge-9: it has edge-1/ },
  {
    name: 'a file that is not there',
    words: ['zone', 'import', 'a.example', '/no/such'],
    code: 64,
    says: /there is no such file/,
  },
  { name: 'a wrong credential', words: ['zone', 'list', '--token-file', example], code: 77, says: /credential/ },
  {
    name: 'a credential without the permission',
    words: ['zone', 'delete', 'harbour.example', '--token-file', join(data, 'credentials/publisher.token')],
    code: 77,
    says: /zone\.delete/,
  },
  {
    name: 'a server that is away',
    words: ['zone', 'list', '--server', 'http://127.0.0.1:1'],
    code: 69,
    says: /nothing answers at http:\/\/127\.0\.0\.1:1/,
  },
  {
    name: 'a DNS server that is away',
    words: ['query', 'a.', '--server', '127.0.0.1:1', '--timeout', '300ms'],
    code: 69,
    says: /127\.0\.0\.1:1: /,
  },
])
  test(`${name} ends with ${code}`, async () => {
    const ran = await run(words)
    assert.equal(ran.code, code, ran.err)
    assert.match(ran.err, says)
    assert.equal(ran.out, '')
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
    events.filter(({ kind }) => kind === 'edge').map(({ before, after, reason }) => [before, after, reason]),
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
  const { edges } = system.json
  const held = Number((await promisify(execFile)('sh', ['-c', `sed -n 's/.*"edge-1": //p' ${data}/run.json`])).stdout)
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

test('a token whose file is there already is not made, and what it would replace stays in force', async () => {
  await json('access', 'principal', 'create', 'keeper', '--role', 'editor', '--zones', 'kept.example')
  const taken = file('taken.token', 'something else')
  const refused = await run(['access', 'token', 'create', 'keeper', '--out', taken])
  assert.equal(refused.code, 64)
  assert.match(refused.err, /taken\.token is there already; name another file/)
  const { id } = await json<{ id: string }>('access', 'token', 'create', 'keeper', '--out', join(folder.path, 'keeper.token'))
  assert.equal((await run(['access', 'token', 'rotate', id, '--out', taken])).code, 64)
  const { credentials } = await json<{ credentials: { id: string; expiresAt: string | null }[] }>(
    'access',
    'token',
    'list',
    'keeper',
  )
  assert.deepEqual(
    credentials.map((each) => [each.id, each.expiresAt]),
    [[id, null]],
  )
})

test('a denied call stands in the audit log with its zone and RRset', async () => {
  await json('access', 'principal', 'create', 'visitor', '--role', 'editor', '--zones', 'visited.example', '--names', 'www')
  const token = join(folder.path, 'visitor.token')
  await json('access', 'token', 'create', 'visitor', '--out', token)
  assert.equal((await run(['record', 'set', 'visited.example', 'mail', 'A', '192.0.2.1', '--token-file', token])).code, 77)
  const [denial] = await json<Record<string, unknown>[]>('audit', '--denials', '--principal', 'visitor')
  assert.deepEqual([denial?.['zone'], denial?.['rrset']], ['visited.example.', 'mail.visited.example. A'])
  const { out } = await run(['audit', '--denials', '--principal', 'visitor'])
  assert.match(out, /visited\.example\. +denied: needs record\.write for mail\.visited\.example\. A/)
})
