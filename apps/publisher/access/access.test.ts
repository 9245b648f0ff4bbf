/** The guard asks the zone API, briefly remembers, and bridges an outage. */
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { silentLogger } from '@zonecast/runtime'
import { fakeClock } from '@zonecast/testkit'
import { test } from 'vitest'
import type { ZoneApi } from '../ingest/zone-api.ts'
import { edgeGuard } from './access.ts'

function subject() {
  const clock = fakeClock()
  const asked: string[] = []
  const state = { away: false, active: true }
  const introspect = async ({ credentialSha256 }: { credentialSha256: Uint8Array }) => {
    asked.push(Buffer.from(credentialSha256).toString('hex'))
    if (state.away) throw new Error('away')
    const principal = { name: 'edge-1', role: 'edge', permissions: ['release.follow'], edgeId: 'edge-1', placements: ['default'] }
    return { active: state.active, principal, cacheSeconds: 30 }
  }
  const zoneApi = { current: { access: { introspect } } } as unknown as ZoneApi
  const guard = edgeGuard({ zoneApi, clock, log: silentLogger() })
  const authenticate = (token: string) => guard.authenticate({ kind: 'token', token }, { address: '192.0.2.1' })
  return { clock, asked, state, authenticate }
}

test('only the SHA-256 of a credential is sent, and the answer is fresh for five seconds', async () => {
  const { authenticate, asked, clock } = subject()
  await authenticate('zc_edge')
  assert.deepEqual(asked, [createHash('sha256').update('zc_edge').digest('hex')])
  clock.advance({ ms: 4_999 })
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

test('a credential that was withdrawn is refused as soon as its answer is not fresh', async () => {
  const { authenticate, state, clock } = subject()
  await authenticate('zc_edge')
  state.active = false
  clock.advance({ seconds: 5 })
  assert.equal(await authenticate('zc_edge'), undefined)
})
