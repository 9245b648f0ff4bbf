/** What a sender does beside releasing: comparing, reporting trouble, and asking where it is stuck. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { Head } from '@zonecast/zone'
import { HeadIndex } from './head-index.ts'
import { headTerm } from './model/database.ts'
import type { FollowRequest } from './messages.ts'
import { Sender } from './sender.ts'
import type { SenderEffect } from './sender-types.ts'

const logId = new Uint8Array(16).fill(1)

function head(position: bigint, version: bigint, placement = 'default'): Head {
  const state = { generation: 1n, version, serial: 1, digest: new Uint8Array(32).fill(Number(version)), deleted: false }
  return { zone: 'a.', state, settingsVersion: 1n, shard: 0, position, placement, rrCount: 2, contentOctets: 100 }
}

/** A sender whose edge stands at a position of shard 0, and an index with one head. */
function following(at: bigint, only: Head): { sender: Sender; index: HeadIndex; put: (head: Head) => SenderEffect[] } {
  const index = new HeadIndex({ headTerm })
  index.reset(logId)
  const put = (one: Head): SenderEffect[] => {
    index.put(one)
    index.complete(0, one.position)
    return sender.step({ kind: 'moved', shard: 0 })
  }
  const ids = { edgeId: 'edge-1', publisherId: 'publisher-1' }
  const sender = new Sender({ ...ids, placements: ['default'], index, shards: [0], heartbeatMilliseconds: 5000 })
  index.put(only)
  index.complete(0, only.position)
  const shards = [{ shard: 0, position: at, setDigest: new Uint8Array(0), zones: 0 }]
  const placements = { placements: [], heldPlacements: ['default'] }
  const message = { kind: 'hello', protocol: 1, edgeId: 'edge-1', logId, shards, answered: [], ...placements } as const
  sender.step({ kind: 'received', message })
  return { sender, index, put }
}

const sentKinds = (effects: readonly SenderEffect[]): string[] =>
  effects.flatMap((effect) => (effect.kind === 'send' ? [effect.message.kind] : []))

const progressOf = (effects: readonly SenderEffect[]): string[] =>
  effects.flatMap((effect) =>
    effect.kind === 'progress' ? effect.zones.map(({ zone, kind, reason }) => `${zone} ${kind} ${reason}`) : [],
  )

/** Kinds of what is sent within some ticks. */
const within = (sender: Sender, ticks: number): string[] =>
  Array.from({ length: ticks }, () => sentKinds(sender.step({ kind: 'tick' }))).flat()

function nack(of: Head, reason: 'QUARANTINED' | 'DAMAGED', detail: string): FollowRequest {
  const { zone, shard, position, state } = of
  return { kind: 'nack', zone, shard, position, refused: state, reason, detail, have: undefined, shardPosition: 0n }
}

test('where nothing moves, set digests are compared once a minute', () => {
  const { sender } = following(1n, head(1n, 1n))
  assert.deepEqual(within(sender, 59), [])
  assert.deepEqual(within(sender, 1), ['checkpoint'])
  assert.deepEqual(within(sender, 60), ['checkpoint'])
})

test('a quarantined zone is reported with the reason until it is applied', () => {
  const { sender, put } = following(1n, head(1n, 1n))
  const second = head(2n, 2n)
  const ticket = put(second).flatMap((effect) => (effect.kind === 'compose' ? [effect.ticket] : []))[0] as number
  const body = { kind: 'delta', octets: 10, content: undefined } as const
  sender.step({ kind: 'body', ticket, state: second.state, base: undefined, body })
  const refused = sender.step({ kind: 'received', message: nack(second, 'QUARANTINED', 'DIGEST_MISMATCH: no') })
  assert.deepEqual(progressOf(refused), ['a. quarantined QUARANTINED: DIGEST_MISMATCH: no'])
  assert.equal(sender.full().zones[0]?.kind, 'quarantined')
  assert.deepEqual(
    within(sender, 200).filter((kind) => kind !== 'checkpoint'),
    [],
  )
  const { zone, shard, position, state } = second
  const ack = { kind: 'ack', zone, shard, position, state, shardPosition: 2n, at: 1 } as const
  assert.deepEqual(progressOf(sender.step({ kind: 'received', message: ack })), ['a. applied '])
  assert.deepEqual(sender.full().zones, [])
})

test('a damaged zone counts as transferring until its Ack', () => {
  const only = head(1n, 1n)
  const { sender } = following(1n, only)
  const told = sender.step({ kind: 'received', message: nack(only, 'DAMAGED', 'a page was altered') })
  assert.deepEqual(progressOf(told), ['a. transferring a page was altered'])
  assert.equal(sender.full().zones[0]?.kind, 'transferring')
  const { zone, shard, state } = only
  const ack = { kind: 'ack', zone, shard, position: 0n, state, shardPosition: 1n, at: 1 } as const
  sender.step({ kind: 'received', message: ack })
  assert.deepEqual(sender.full().zones, [])
})

test('a zone that other edges carry now does not hold the edge back', () => {
  const { sender, put } = following(0n, head(1n, 1n))
  // Offered, and moved away before the edge has it.
  const moved = put(head(2n, 2n, 'inner'))
  assert.equal(sender.inFlight, 0)
  assert.deepEqual(sentKinds(moved), [])
  assert.deepEqual(within(sender, 1), ['resume'])
})
