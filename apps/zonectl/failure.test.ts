/** What is refused or does not work, and how it is told. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { beforeAll, test } from 'vitest'
import { example, testSystem } from './test-system.ts'

const { folder, data, run, json, file } = testSystem()
beforeAll(async () => {
  await json('zone', 'import', 'harbour.example', example, '--wait')
  await json('record', 'set', 'harbour.example', 'moves', 'A', '192.0.2.1')
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
  {
    name: 'quotas of nobody',
    words: ['access', 'quota', 'show', 'nobody'],
    code: 1,
    says: /there is no principal nobody/,
  },
  {
    name: 'quotas of nobody, cleared,',
    words: ['access', 'quota', 'clear', 'nobody'],
    code: 1,
    says: /there is no principal nobody/,
  },
  {
    name: 'quotas without a bound',
    words: ['access', 'quota', 'set', 'administrator'],
    code: 64,
    says: /^zonectl: say which: --zones, .*quota clear/,
  },
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
  { name: 'a file that holds no token', words: ['zone', 'list', '--token-file', example], code: 77, says: /zone holds no token/ },
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

test('an error about a credential names what it was taken from, and the way out', async () => {
  const [token, password] = [file('other.token', 'zc_of_another'), file('bad.pw', 'not the password')]
  const byToken = await run(['whoami', '--token-file', token])
  assert.deepEqual(
    [byToken.code, byToken.err.split('\n').slice(1, 3)],
    [
      77,
      [
        `  the token was read from --token-file ${token}`,
        '  name another file, or have another token made: "zonectl access token create PRINCIPAL --out FILE"',
      ],
    ],
  )
  const byPassword = await run(['whoami', '--user', 'anna', '--password-file', password])
  assert.match(
    byPassword.err,
    /the name was that of --user, the password was read from --password-file .*bad\.pw\n.*password set NAME/,
  )
  process.env['ZONECAST_TOKEN_FILE'] = token
  const byVariable = await run(['whoami', '-o', 'json']).finally(() => delete process.env['ZONECAST_TOKEN_FILE'])
  const { error } = JSON.parse(byVariable.err)
  assert.deepEqual([error.reason, error.more[0]], ['CREDENTIAL_INVALID', `the token was read from ZONECAST_TOKEN_FILE ${token}`])
})

test('who has no grants is told so, and who is of the bootstrap file where its credential stands', async () => {
  const token = join(folder, 'novice.token')
  await json('access', 'principal', 'create', 'novice')
  await json('access', 'token', 'create', 'novice', '--out', token)
  assert.match((await run(['whoami', '--token-file', token])).out, /\n\nno grants: you may do nothing\n$/)
  assert.match((await run(['access', 'own', 'list'])).err, /your credential is of the bootstrap file/)
})

test('an update of a principal changes what it says, and has to say something', async () => {
  await json('access', 'principal', 'create', 'edge-9', '--kind', 'edge', '--display', 'the ninth')
  const update = ['access', 'principal', 'update', 'edge-9']
  const placed = await json<{ placements: string[]; display: string }>(...update, '--placement', 'far', 'near')
  assert.deepEqual([placed.placements, placed.display], [['far', 'near'], 'the ninth'])
  const refused = await run(update)
  assert.equal(refused.code, 64)
  assert.match(refused.err, /say what to change: --display, or --placement for an edge/)
})

test('a token whose file is there already is not made, and what it would replace stays in force', async () => {
  await json('access', 'principal', 'create', 'keeper', '--role', 'editor', '--zones', 'kept.example')
  const taken = file('taken.token', 'something else')
  const refused = await run(['access', 'token', 'create', 'keeper', '--out', taken])
  assert.equal(refused.code, 64)
  assert.match(refused.err, /taken\.token is there already; name another file/)
  const { id } = await json<{ id: string }>('access', 'token', 'create', 'keeper', '--out', join(folder, 'keeper.token'))
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
  const token = join(folder, 'visitor.token')
  await json('access', 'token', 'create', 'visitor', '--out', token)
  assert.equal((await run(['record', 'set', 'visited.example', 'mail', 'A', '192.0.2.1', '--token-file', token])).code, 77)
  const [denial] = await json<Record<string, unknown>[]>('audit', '--denials', '--principal', 'visitor')
  assert.deepEqual([denial?.['zone'], denial?.['rrset']], ['visited.example.', 'mail.visited.example. A'])
  const { out } = await run(['audit', '--denials', '--principal', 'visitor'])
  assert.match(out, /visited\.example\. +denied: needs record\.write for mail\.visited\.example\. A/)
})

test('a person sees quotas, changes the password and revokes a token', async () => {
  await json('access', 'principal', 'create', 'paula', '--role', 'viewer', '--zones', 'harbour.example')
  const old = file('paula.old', 'correct horse battery\n')
  const next = file('paula.next', 'another long secret\n')
  await json('access', 'password', 'set', 'paula', '--new-password-file', old)
  const { id } = await json<{ id: string }>('access', 'token', 'create', 'paula', '--out', join(folder, 'paula.token'))
  await json('access', 'quota', 'set', 'paula', '--zones', '7', '--changes-per-minute', '60')
  const as = (password: string) => ['--user', 'paula', '--password-file', password]
  const change = ['access', 'own', 'password', '--current-password-file', old, '--new-password-file', next]
  assert.equal((await json<{ kind: string }>(...change, ...as(old))).kind, 'password')
  const refused = await run([...change, ...as(next)])
  assert.equal(refused.code, 77)
  assert.match(refused.err, /not a password of paula; nothing was changed\n {2}field: current_password/)
  const [guess] = await json<Record<string, unknown>[]>('audit', '--denials', '--principal', 'paula')
  assert.deepEqual([guess?.['method'], guess?.['fault']], ['ChangeOwnPassword', 'a wrong password'])
  const { quotas } = await json<{ quotas: Record<string, number> }>('whoami', ...as(next))
  assert.deepEqual(quotas, { zones: 7, changesPerMinute: 60, zonesMade: 0, changesNow: 60 })
  assert.match((await run(['whoami', ...as(next)])).out, /zones +7, 0 made/)
  await json('access', 'own', 'revoke', id, ...as(next))
  const { credentials } = await json<{ credentials: { id: string; revokedAt: string | null }[] }>(
    'access',
    'own',
    'list',
    ...as(next),
  )
  assert.ok(credentials.find((each) => each.id === id)?.revokedAt)
})
