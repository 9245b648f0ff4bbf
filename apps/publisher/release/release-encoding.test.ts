/** What is encoded once is what would have been encoded each time. */
import { strict as assert } from 'node:assert'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { headerFromMessage, stateFromMessage } from '@zonecast/contract'
import { FollowResponseSchema } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import type { Release } from '@zonecast/sync'
import { test } from 'vitest'
import { addressRR, deltaBetween, shard, someVersion, withRR, zone } from '../test-system/test-content.ts'
import { encodeDelta, releaseToMessage } from './release-encoding.ts'

const before = someVersion(3)
const next = withRR(before, addressRR('new', '192.0.2.9'))
const base = before.header.state
const content = encodeDelta({ base, target: next.header, delta: deltaBetween(before, next) })
const note = { changeIds: ['c1', 'c2'], traceparent: '00-1-2-01', committedAt: 1_700_000_000_123 }
const release: Release = {
  kind: 'release',
  zone,
  shard,
  position: 9n,
  after: 7n,
  state: next.header.state,
  base,
  placement: 'default',
  note,
  body: { kind: 'delta', octets: content.octets, content },
}
const reading = (one: Release) => {
  const { message } = fromBinary(FollowResponseSchema, toBinary(FollowResponseSchema, releaseToMessage(one)))
  assert.equal(message.case, 'release')
  return message.case === 'release' ? message.value : assert.fail()
}

test('a release with a delta is read as what it was made of', () => {
  const read = reading(release)
  assert.deepEqual([read.zone, read.shard, read.position, read.after, read.placement], [zone, shard, 9n, 7n, 'default'])
  assert.deepEqual(stateFromMessage(read.state!), next.header.state)
  assert.equal(read.base?.version, 1n)
  assert.deepEqual([read.changeIds, read.traceparent, read.committedAt?.nanos], [['c1', 'c2'], '00-1-2-01', 123_000_000])
  const delta = read.body.case === 'delta' ? read.body.value : assert.fail()
  assert.equal(headerFromMessage(delta.target!).rrCount, next.header.rrCount)
  assert.deepEqual(Buffer.from(delta.added), Buffer.from(addressRR('new', '192.0.2.9')))
  assert.equal(delta.last, true)
})

test('edges that are level share one message, and an edge that is not gets its own', () => {
  assert.equal(releaseToMessage(release), releaseToMessage({ ...release }))
  const other = { ...release, after: 8n }
  assert.notEqual(releaseToMessage(release), releaseToMessage(other))
  assert.equal(reading(other).after, 8n)
})

test('tombstones and fetch orders carry no delta', () => {
  assert.equal(reading({ ...release, base: undefined, body: { kind: 'tombstone' } }).body.case, 'tombstone')
  const { body } = reading({ ...release, body: { kind: 'fetch', octets: 5_000_000 } })
  assert.equal(body.case === 'fetch' && body.value.octets, 5_000_000n)
})
