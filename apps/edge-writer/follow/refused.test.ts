/** Which zones stand among the refused. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import type { FollowRequest, NackReason } from '@zonecast/sync'
import type { ZoneState } from '@zonecast/zone'
import { Refused } from './refused.ts'

const zone = 'example.'
const state = (version: bigint): ZoneState => ({ generation: 1n, version, serial: 1, digest: new Uint8Array(32), deleted: false })
const common = { zone, shard: 1, position: 1n, shardPosition: 0n }
const nack = (reason: NackReason, have?: bigint): FollowRequest => ({
  kind: 'nack',
  ...common,
  refused: state(5n),
  reason,
  detail: 'why',
  have: have === undefined ? undefined : state(have),
})
const ack: FollowRequest = { kind: 'ack', ...common, state: state(5n), at: 1 }
const have = (satisfied: boolean): FollowRequest => ({
  kind: 'have',
  shard: 1,
  shardPosition: 0n,
  entries: [{ zone, position: 1n, have: state(5n), satisfied }],
})

for (const { name, told, reason } of [
  { name: 'a refusal stands', told: [nack('MALFORMED')], reason: 'MALFORMED: why' },
  { name: 'the last reason counts', told: [nack('MALFORMED'), nack('STORE_FAILED', 4n)], reason: 'STORE_FAILED: why' },
  { name: 'an Ack ends it', told: [nack('MALFORMED'), ack], reason: undefined },
  { name: 'a satisfied offer ends it', told: [nack('FETCH_FAILED'), have(true)], reason: undefined },
  { name: 'another offer does not', told: [nack('FETCH_FAILED'), have(false)], reason: 'FETCH_FAILED: why' },
  { name: 'the fence is no refusal', told: [nack('NOT_NEWER', 5n)], reason: undefined },
  { name: 'nor is a fetch of what came another way', told: [nack('FETCH_FAILED', 6n)], reason: undefined },
  { name: 'nor a wrong guess of the base', told: [nack('BASE_MISMATCH', 4n)], reason: undefined },
  { name: 'the same version with another digest is one', told: [nack('DIGEST_MISMATCH', 5n)], reason: 'DIGEST_MISMATCH: why' },
])
  test(`refused: ${name}`, () => {
    const refused = new Refused()
    for (const message of told) refused.told(message)
    assert.equal(refused.zones.get(zone), reason)
  })
