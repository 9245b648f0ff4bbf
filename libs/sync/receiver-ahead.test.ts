/** A fetch may end on a later version than was ordered: digests are compared all the same. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { ZoneState } from '@zonecast/zone'
import type { FollowResponse } from './messages.ts'
import { Receiver } from './receiver.ts'

const logId = new Uint8Array(16).fill(1)
const state = (version: bigint): ZoneState => {
  return { generation: 1n, version, serial: 1, digest: new Uint8Array(32).fill(Number(version)), deleted: false }
}

for (const { placement, compared } of [
  { placement: 'default', compared: false },
  // Nobody will mention it to this edge: it is for others now.
  { placement: 'inner', compared: true },
])
  test(`a fetch that ends on a later version placed at ${placement}: compared at once: ${compared}`, () => {
    let have: ZoneState | undefined
    const levels = { logId: new Uint8Array(0), placements: [], shards: [] }
    const receiver = new Receiver({
      edgeId: 'edge-1',
      placements: [],
      levels,
      stateOf: () => have,
      headTerm: ({ length }) => new Uint8Array(length),
    })
    const receive = (message: FollowResponse) => receiver.step({ kind: 'received', stream: 1, message })
    receiver.step({ kind: 'opened', stream: 1 })
    const timing = { protocol: 1, publisherId: 'p', heartbeatMilliseconds: 5000 }
    receive({ kind: 'welcome', logId, shards: [0], placements: ['default'], ...timing })
    const at = { zone: 'a.', shard: 0, position: 1n, after: 0n, state: state(1n), base: undefined }
    receive({ kind: 'release', ...at, placement: 'default', body: { kind: 'fetch', octets: 1 }, note: undefined })
    receiver.step({ kind: 'fetched', job: 1, state: state(2n), placement })
    have = state(2n)
    receiver.step({ kind: 'applied', job: 1, state: have, at: 1 })
    const level = { shard: 0, position: 2n, setDigest: new Uint8Array(32), zones: 0 }
    const effects = receive({ kind: 'checkpoint', after: 1n, level })
    assert.equal(
      effects.some(({ kind }) => kind === 'compare'),
      compared,
    )
  })
