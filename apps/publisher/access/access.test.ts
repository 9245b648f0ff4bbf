/** The guard asks the zone API, briefly remembers, and bridges an outage. */
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IntrospectQuestion, Presented } from '@zonecast/rpc'
import { silentLogger } from '@zonecast/runtime'
import { fakeClock } from '@zonecast/testkit'
import { afterAll, test } from 'vitest'
import type { ZoneApi } from '../ingest/zone-api.ts'
import { edgeGuard } from './access.ts'

const folder = mkdtempSync(join(tmpdir(), 'publisher-access-'))
afterAll(() => rmSync(folder, { recursive: true }))

function subject(clock = fakeClock(), place = mkdtempSync(join(folder, 'a'))) {
  const asked: string[] = []
  const state = { away: false, active: true, role: 'edge' }
  const introspect = async ({ credentialSha256, certificate }: IntrospectQuestion) => {
    asked.push(Buffer.from(credentialSha256 ?? certificate?.sha256 ?? '').toString('hex'))
    if (state.away) throw new Error('away')
    const { role } = state
    const principal = { name: 'edge-1', role, permissions: ['release.follow'], edgeId: 'edge-1', placements: ['default'] }
    return { active: state.active, principal, cacheSeconds: 30 }
  }
  const zoneApi = { current: { access: { introspect } } } as unknown as ZoneApi
  const guard = edgeGuard({ zoneApi, clock, log: silentLogger(), folder: place })
  const show = (presented: Presented) => guard.authenticate(presented, { address: '192.0.2.1' })
  const authenticate = (token: string) => show({ kind: 'token', token })
  return { clock, asked, state, authenticate, show, place, close: () => guard.close?.() }
}

test('only the SHA-256 of a credential is sent, and the answer is fresh for two seconds', async () => {
  const { authenticate, asked, clock } = subject()
  await authenticate('zc_edge')
  assert.deepEqual(asked, [createHash('sha256').update('zc_edge').digest('hex')])
  clock.advance({ ms: 1_999 })
  assert.equal((await authenticate('zc_edge'))?.edgeId, 'edge-1')
  assert.equal(asked.length, 1)
  clock.advance({ ms: 1 })
  await authenticate('zc_edge')
  assert.equal(asked.length, 2)
})

test('while the zone API is away a credential stays good for 24 hours, and one never seen is not', async () => {
  const { authenticate, state, clock } = subject()
  await authenticate('zc_edge')
  state.away = true
  clock.advance({ hours: 23 })
  assert.equal((await authenticate('zc_edge'))?.name, 'edge-1')
  await assert.rejects(async () => authenticate('zc_other'), /cannot be checked/)
  clock.advance({ hours: 2 })
  await assert.rejects(async () => authenticate('zc_edge'), /cannot be checked/)
})

test('while the zone API is away, nobody is trusted who is no program', async () => {
  const { authenticate, state, clock } = subject()
  state.role = 'administrator'
  await authenticate('zc_ann')
  state.away = true
  clock.advance({ seconds: 2 })
  await assert.rejects(async () => authenticate('zc_ann'), /cannot be checked/)
})

test('a credential that was withdrawn is refused as soon as its answer is not fresh', async () => {
  const { authenticate, state, clock } = subject()
  await authenticate('zc_edge')
  state.active = false
  clock.advance({ seconds: 2 })
  assert.equal(await authenticate('zc_edge'), undefined)
})

test('a publisher that starts while the zone API is away knows the credentials it knew, from a file that holds none of them', async () => {
  const first = subject()
  await first.authenticate('zc_edge')
  await first.close()
  const file = join(first.place, 'seen-credentials.json')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.ok(!readFileSync(file, 'utf8').includes('zc_edge'))

  const second = subject(first.clock, first.place)
  second.state.away = true
  second.clock.advance({ hours: 23 })
  assert.equal((await second.authenticate('zc_edge'))?.edgeId, 'edge-1')
  second.state.away = false
  second.state.active = false
  second.clock.advance({ seconds: 2 })
  assert.equal(await second.authenticate('zc_edge'), undefined)
  await second.close()

  const third = subject(first.clock, first.place)
  third.state.away = true
  await assert.rejects(async () => third.authenticate('zc_edge'), /cannot be checked/)
})

test('a certificate is asked about by its SHA-256 until it ends, and a password is sent nowhere', async () => {
  const { show, asked, clock } = subject()
  const certificate = { sha256: new Uint8Array(32).fill(7), subjects: ['CN=edge-1'], notAfterMs: clock.now() + 1_000 }
  assert.equal((await show({ kind: 'certificate', certificate }))?.edgeId, 'edge-1')
  assert.deepEqual(asked, ['07'.repeat(32)])
  clock.advance({ seconds: 1 })
  await assert.rejects(async () => show({ kind: 'certificate', certificate }), /has expired/)
  await assert.rejects(async () => show({ kind: 'password', username: 'ann', password: 'secret' }), /zone API alone/)
  assert.equal(asked.length, 1)
})
