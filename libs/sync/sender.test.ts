import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { Head } from '@zonecast/zone'
import { HeadIndex } from './head-index.ts'
import { headTerm } from './model/database.ts'
import { Sender } from './sender.ts'
import type { SenderEffect } from './sender-types.ts'

const logId = new Uint8Array(16).fill(1)

function head(zone: string, position: bigint, version: bigint): Head {
  const state = { generation: 1n, version, serial: 1, digest: new Uint8Array(32).fill(Number(version)), deleted: false }
  return { zone, state, settingsVersion: 1n, shard: 0, position, placement: 'default', rrCount: 2, contentOctets: 100 }
}

function put(index: HeadIndex, ...heads: Head[]): void {
  for (const one of heads) {
    index.put(one)
    index.complete(0, one.position)
  }
}

/** A sender whose edge stands at a position. */
function following(index: HeadIndex, position: bigint): { sender: Sender; effects: SenderEffect[] } {
  const sender = new Sender({
    edgeId: 'edge-1',
    publisherId: 'publisher-1',
    placements: ['default'],
    index,
    shards: [0],
    heartbeatMilliseconds: 5000,
  })
  const shards = [{ shard: 0, position, setDigest: new Uint8Array(0), zones: 0 }]
  const message = {
    kind: 'hello',
    protocol: 1,
    edgeId: 'edge-1',
    logId,
    shards,
    placements: [],
    heldPlacements: ['default'],
    answered: [],
  } as const
  return { sender, effects: sender.step({ kind: 'received', message }) }
}

const kinds = (effects: readonly SenderEffect[]): string[] =>
  effects.map((effect) => (effect.kind === 'send' ? effect.message.kind : effect.kind))

function ticketOf(effects: readonly SenderEffect[], zone: string): number {
  const found = effects.find((effect) => effect.kind === 'compose' && effect.target.zone === zone)
  assert.ok(found?.kind === 'compose', `a body of ${zone} is asked for`)
  return found.ticket
}

test('a change at an edge that is level is released at once, from the state before', () => {
  const index = new HeadIndex({ headTerm })
  index.reset(logId)
  put(index, head('a.', 1n, 1n))
  const { sender, effects } = following(index, 1n)
  assert.deepEqual(kinds(effects), ['welcome', 'checkpoint', 'progress'])
  put(index, head('a.', 2n, 2n))
  const asked = sender.step({ kind: 'moved', shard: 0 })
  assert.deepEqual(asked, [{ kind: 'compose', ticket: 1, base: head('a.', 1n, 1n).state, target: head('a.', 2n, 2n) }])
  const body = { kind: 'delta', octets: 10, content: undefined } as const
  const sent = sender.step({ kind: 'body', ticket: 1, state: head('a.', 2n, 2n).state, base: head('a.', 1n, 1n).state, body })
  assert.deepEqual(kinds(sent), ['release', 'progress'])
})

test('a body that is slow is offered before a later one leaves, and holds up nothing', () => {
  const index = new HeadIndex({ headTerm })
  index.reset(logId)
  put(index, head('slow.', 1n, 1n), head('quick.', 2n, 1n))
  const { sender } = following(index, 2n)
  put(index, head('slow.', 3n, 2n), head('quick.', 4n, 2n))
  const asked = sender.step({ kind: 'moved', shard: 0 })
  const body = { kind: 'delta', octets: 10, content: undefined } as const
  const state = head('quick.', 4n, 2n).state
  const sent = sender.step({ kind: 'body', ticket: ticketOf(asked, 'quick.'), state, base: undefined, body })
  const messages = sent.flatMap((effect) => (effect.kind === 'send' ? [effect.message] : []))
  assert.deepEqual(
    messages.map((message) => [message.kind, 'after' in message ? message.after : undefined]),
    [
      ['offer', 2n],
      ['release', 3n],
    ],
  )
})

test('an edge a hundred thousand zones behind costs no more than its window', () => {
  const index = new HeadIndex({ headTerm })
  index.reset(logId)
  for (let position = 1n; position <= 100_000n; position++) index.put(head(`z${position}.`, position, 1n))
  index.complete(0, 100_000n)
  const { sender, effects } = following(index, 0n)
  assert.equal(sender.inFlight, 256)
  const entries = effects.flatMap((effect) =>
    effect.kind === 'send' && effect.message.kind === 'offer' ? effect.message.entries : [],
  )
  assert.equal(entries.length, 256)
})

test('a zone that changes while its body is made is released once, at its newest place', () => {
  const index = new HeadIndex({ headTerm })
  index.reset(logId)
  put(index, head('hot.', 1n, 1n))
  const { sender } = following(index, 1n)
  const tickets: number[] = []
  for (let version = 2n; version <= 100n; version++) {
    put(index, head('hot.', version, version))
    tickets.push(ticketOf(sender.step({ kind: 'moved', shard: 0 }), 'hot.'))
  }
  const body = { kind: 'delta', octets: 10, content: undefined } as const
  const sent = tickets.flatMap((ticket) =>
    sender.step({ kind: 'body', ticket, state: head('hot.', 100n, 100n).state, base: undefined, body }),
  )
  assert.deepEqual(kinds(sent), ['release', 'progress'])
  assert.equal(sender.inFlight, 1)
})

test('an edge with the credential of another is turned away', () => {
  const index = new HeadIndex({ headTerm })
  const sender = new Sender({ edgeId: 'edge-2', publisherId: 'p', placements: [], index, shards: [], heartbeatMilliseconds: 1 })
  const message = {
    kind: 'hello',
    protocol: 1,
    edgeId: 'edge-1',
    logId,
    shards: [],
    placements: [],
    heldPlacements: [],
    answered: [],
  } as const
  assert.deepEqual(kinds(sender.step({ kind: 'received', message })), ['close'])
})
