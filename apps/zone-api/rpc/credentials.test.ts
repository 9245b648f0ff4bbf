/** What is looked up, compared and remembered of credentials, and for how long. */
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { Code } from '@connectrpc/connect'
import { CredentialRefusal, type Presented, Refusal } from '@zonecast/rpc'
import { fakeClock } from '@zonecast/testkit'
import { test } from 'vitest'
import { PasswordChecks } from '../access/password-checks.ts'
import { nobodysHash } from '../access/password-hash.ts'
import type { CredentialFault, FoundCredential, FoundPassword } from '../database/access/access-port.ts'
import { Credentials, type CredentialsPorts } from './credentials.ts'

const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex')
const peer = { address: '192.0.2.1' }
const made = { createdAtMs: 0, createdBy: '', isBootstrap: false }
const anna: FoundCredential = {
  principal: { name: 'anna', kind: 'person', display: '', disabled: false, edgeId: '', placements: [], ...made },
  grants: [
    { id: 'g', principal: 'anna', role: 'editor', permissions: [], zones: '*', names: '*', types: [], apex: true, ...made },
  ],
  owned: [],
  credentialId: 'c1',
  expiresAtMs: 0,
}
const token = (text: string): Presented => ({ kind: 'token', token: text })
const password = (text: string, username = 'anna'): Presented => ({ kind: 'password', username, password: text })
const certificate = (notAfterMs: number): Presented => ({
  kind: 'certificate',
  certificate: { sha256: new Uint8Array(32).fill(1), subjects: ['DNS:a.example', 'CN=a'], notAfterMs },
})

function open() {
  const clock = fakeClock()
  const asked: string[] = []
  const compared: string[] = []
  const used: string[] = []
  const looked: string[] = []
  const state = {
    tokens: new Map([[hex(createHash('sha256').update('zc_a').digest()), anna]]),
    certificates: new Map([['CN=a', anna]]),
    passwords: [{ credentialId: 'c2', phc: 'right', expiresAtMs: 0 }] as FoundPassword[],
    fault: undefined as CredentialFault | undefined,
  }
  let changed = () => {}
  const ports: CredentialsPorts = {
    clock,
    database: {
      async findCredential(sha256) {
        asked.push('token')
        return state.tokens.get(hex(sha256))
      },
      async findPasswords(name) {
        asked.push('password')
        return name === 'anna' ? { identity: anna, passwords: state.passwords } : undefined
      },
      async findCertificate({ fingerprint, subject }) {
        asked.push(subject)
        return state.certificates.get(subject === '' ? fingerprint : subject)
      },
      async findFault() {
        return state.fault
      },
    },
    watch: {
      onChange(listener) {
        changed = listener
        return () => {}
      },
    },
    passwords: new PasswordChecks({}, async (text, phc) => {
      compared.push(phc)
      return phc === text
    }),
    uses: { note: (id) => void used.push(id) },
    looked: (kind, outcome) => void looked.push(`${kind} ${outcome}`),
  }
  const credentials = new Credentials(ports)
  const show = (presented: Presented, from = peer) => credentials.authenticate(presented, from)
  return { clock, asked, compared, used, looked, state, credentials, show, changed: () => changed() }
}

test('a token is looked up once in five seconds, by all who show it at once', async () => {
  const { show, asked, used, clock } = open()
  const both = await Promise.all([show(token('zc_a')), show(token('zc_a'))])
  assert.deepEqual(
    both.map((one) => one?.name),
    ['anna', 'anna'],
  )
  clock.advance({ ms: 4_999 })
  const remembered = show(token('zc_a'))
  assert.ok(remembered && !(remembered instanceof Promise), 'a remembered one needs no promise')
  assert.deepEqual([asked, used], [['token'], ['c1']])
  clock.advance({ ms: 1 })
  await show(token('zc_a'))
  assert.equal(asked.length, 2)
})

test('a change is in force at once, also for a look that was on its way', async () => {
  const { show, state, changed } = open()
  assert.ok(await show(token('zc_a')))
  state.tokens.clear()
  changed()
  assert.equal(await failureOf(() => show(token('zc_a'))), 'Unauthenticated')
  state.tokens.set(hex(createHash('sha256').update('zc_a').digest()), anna)
  changed()
  const onItsWay = show(token('zc_a'))
  state.tokens.clear()
  changed()
  await onItsWay
  assert.equal(await failureOf(() => show(token('zc_a'))), 'Unauthenticated')
})

test('a credential ends when it is said to end', async () => {
  const { show, state, clock } = open()
  state.tokens.set([...state.tokens.keys()][0]!, { ...anna, expiresAtMs: clock.now() + 1_000 })
  assert.ok(await show(token('zc_a')))
  state.tokens.clear()
  clock.advance({ seconds: 1 })
  assert.equal(await failureOf(() => show(token('zc_a'))), 'Unauthenticated')
})

test('a flood of wrong tokens crowds out none that is good', async () => {
  const { show, asked } = open()
  await show(token('zc_a'))
  for (let i = 0; i < 10_500; i++) await failureOf(() => show(token(`zc_wrong_${i}`)))
  asked.length = 0
  assert.equal((await show(token('zc_a')))?.name, 'anna')
  assert.deepEqual(asked, [])
})

test('a password is compared once by all who show it at once, and again only when it was replaced', async () => {
  const { show, compared, state, changed, clock, used } = open()
  await Promise.all([show(password('right')), show(password('right')), show(password('right'))])
  assert.deepEqual([compared, used], [['right'], ['c2']])
  clock.advance({ seconds: 5 })
  changed()
  assert.equal((await show(password('right')))?.name, 'anna')
  assert.equal(compared.length, 1)
  state.passwords = [{ credentialId: 'c3', phc: 'another', expiresAtMs: 0 }]
  changed()
  assert.equal(await failureOf(() => show(password('right'))), 'Unauthenticated anna')
  assert.equal((await show(password('another')))?.name, 'anna')
})

test('an unknown name costs a comparison, as a known one does, and is told the same', async () => {
  const { show, compared } = open()
  const [known, unknown] = await Promise.all([
    refusalOf(() => show(password('wrong'))),
    refusalOf(() => show(password('wrong', 'nobody'))),
  ])
  assert.deepEqual([known.claimed, known.fault], ['anna', 'a wrong password'])
  assert.deepEqual([unknown.claimed, unknown.fault], ['', 'an unknown name, or one that is disabled'])
  assert.deepEqual([known.message, known.details], [unknown.message, unknown.details])
  assert.deepEqual(compared.toSorted(), [nobodysHash, 'right'].toSorted())
})

test('the same wrong password is one guess, however often it is sent', async () => {
  const { show, compared } = open()
  for (let i = 0; i < 20; i++) assert.equal(await failureOf(() => show(password('wrong'))), 'Unauthenticated anna')
  assert.equal(compared.length, 1)
  assert.equal((await show(password('right')))?.name, 'anna')
})

test('guesses are slowed, even those that are made at once; who has the right password elsewhere is let in', async () => {
  const { show, compared, looked } = open()
  const guesses = await Promise.all(Array.from({ length: 12 }, (_, i) => failureOf(() => show(password(`guess ${i}`)))))
  assert.ok(guesses.filter((guess) => guess.startsWith('ResourceExhausted')).length >= 7, guesses.join())
  await failureOf(() => show(password('another guess')))
  assert.equal(compared.length, 5)
  assert.equal(await failureOf(() => show(password('right'))), 'ResourceExhausted anna')
  assert.equal((await show(password('right'), { address: '198.51.100.1' }))?.name, 'anna')
  assert.ok(looked.includes('password slowed'))
})

test('a remembered password is let in whatever others guess', async () => {
  const { show } = open()
  await show(password('right'))
  await Promise.all(Array.from({ length: 12 }, (_, i) => failureOf(() => show(password(`guess ${i}`)))))
  assert.equal((await show(password('right')))?.name, 'anna')
})

test('a certificate is told by its SHA-256 or else by its names, until it ends', async () => {
  const { show, asked, state, clock, changed } = open()
  const shown = certificate(clock.now() + 2_000)
  assert.equal((await show(shown))?.name, 'anna')
  assert.deepEqual(asked, ['', 'DNS:a.example', 'CN=a'])
  state.certificates = new Map([
    ['01'.repeat(32), anna],
    ['CN=a', anna],
  ])
  changed()
  assert.equal((await show(shown))?.name, 'anna')
  clock.advance({ seconds: 2 })
  assert.throws(() => show(shown), /has expired/)
})

test('a certificate that is of one principal by its SHA-256 and of another by its name is let in by neither', async () => {
  const { show, state, clock, changed, credentials } = open()
  const bea = { ...anna, principal: { ...anna.principal, name: 'bea' } }
  state.certificates = new Map([
    ['01'.repeat(32), anna],
    ['CN=a', bea],
  ])
  const shown = certificate(clock.now() + 2_000) as Presented & { kind: 'certificate' }
  const { fault, message } = await refusalOf(() => show(shown))
  assert.equal(fault, 'a client certificate of several principals: its SHA-256 is of anna, CN=a is of bea')
  assert.doesNotMatch(message, /anna|bea/)
  assert.equal(await credentials.findCertificate(shown.certificate), undefined)
  state.certificates.delete('CN=a')
  changed()
  assert.equal((await show(shown))?.name, 'anna')
})

for (const { name, fault, says } of [
  { name: 'nobody knows', fault: undefined, says: 'an unknown token' },
  { name: 'was revoked', fault: 'revoked', says: 'the token c7 was revoked' },
  { name: 'has ended', fault: 'ended', says: 'the token c7 has ended' },
  { name: 'is of somebody disabled', fault: 'disabled', says: 'anna is disabled' },
] as const)
  test(`a token that ${name} is told so for the audit log, and the caller hears the same of each`, async () => {
    const { show, state } = open()
    state.fault = fault && { id: 'c7', principal: 'anna', fault }
    const refusal = await refusalOf(() => show(token('zc_other')))
    assert.deepEqual([refusal.fault, refusal.claimed], [says, fault ? 'anna' : ''])
    assert.equal(refusal.message, 'the token in "authorization: Bearer" is not in force; send one that is')
  })

async function refusalOf(answer: () => ReturnType<Credentials['authenticate']>): Promise<CredentialRefusal> {
  try {
    await answer()
  } catch (error) {
    assert.ok(error instanceof CredentialRefusal)
    return error
  }
  throw new assert.AssertionError({ message: 'let in' })
}

async function failureOf(answer: () => ReturnType<Credentials['authenticate']>): Promise<string> {
  try {
    return `let in: ${(await answer())?.name}`
  } catch (error) {
    assert.ok(error instanceof Refusal)
    return `${Code[error.code]} ${error instanceof CredentialRefusal ? error.claimed : ''}`.trim()
  }
}
