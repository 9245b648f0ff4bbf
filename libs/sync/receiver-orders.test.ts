/** An edge that holds a version which was never committed goes back on an operator's order, and on nothing else. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import type { ZoneState } from '@zonecast/zone'
import type { FollowRequest, Reset, ResetDone } from './messages.ts'
import { ProgressTracker } from './progress.ts'
import { Receiver } from './receiver.ts'
import type { ReceiverEffect, ReceiverEvent } from './receiver-types.ts'

const logId = new Uint8Array(16).fill(1)
const zone = 'example.'

function at(version: bigint, deleted = false): ZoneState {
  const digest = new Uint8Array(32).fill(Number(version % 251n))
  return { generation: 5n, version, serial: 1, digest, digestAlgorithm: 1, deleted } as unknown as ZoneState
}

/** An edge with one stream, whose store has `have`. */
function edgeWith(have: ZoneState) {
  let held = have
  const levels = { logId, placements: ['default'], shards: [] }
  const headTerm = () => new Uint8Array(32)
  const receiver = new Receiver({ edgeId: 'edge-1', placements: [], levels, stateOf: () => held, headTerm })
  const step = (event: ReceiverEvent) => receiver.step(event)
  step({ kind: 'started' })
  step({ kind: 'opened', stream: 1 })
  const welcome = { protocol: 1, publisherId: 'p', shards: [3], heartbeatMilliseconds: 1000, placements: ['default'] }
  step({ kind: 'received', stream: 1, message: { kind: 'welcome', logId, ...welcome } })
  const order = (state: ZoneState, more: Partial<Reset> = {}) => {
    const message: Reset = { kind: 'reset', order: 9n, zone, shard: 3, state, placement: 'default', force: false, ...more }
    return step({ kind: 'received', stream: 1, message })
  }
  return { step, order, hold: (state: ZoneState) => void (held = state) }
}

const sent = (effects: readonly ReceiverEffect[]): FollowRequest[] =>
  effects.flatMap((effect) => (effect.kind === 'send' ? [effect.message] : []))
const doneOf = (effects: readonly ReceiverEffect[]) => sent(effects).find(({ kind }) => kind === 'resetDone') as ResetDone
const only = <Kind extends ReceiverEffect['kind']>(effects: readonly ReceiverEffect[], kind: Kind) =>
  effects.find((effect) => effect.kind === kind) as Extract<ReceiverEffect, { kind: Kind }>

test('a later version than was committed is given up for the committed one, which is fetched whole first', () => {
  const edge = edgeWith(at(900n))
  const fetch = only(edge.order(at(7n)), 'fetch')
  assert.deepEqual([fetch.zone, fetch.target.version, fetch.base, fetch.reset], [zone, 7n, undefined, true])
  const apply = only(edge.step({ kind: 'fetched', job: fetch.job, state: at(8n), placement: 'default' }), 'apply')
  assert.deepEqual([apply.state.version, apply.body.kind, apply.reset], [8n, 'staged', true])
  edge.hold(at(8n))
  const effects = edge.step({ kind: 'applied', job: fetch.job, state: at(8n), at: 1 })
  const done = doneOf(effects)
  assert.deepEqual([done.outcome, done.order, done.had!.version, done.have!.version], ['done', 9n, 900n, 8n])
  const kinds = sent(effects).map(({ kind }) => kind)
  assert.ok(kinds.indexOf('resetDone') < kinds.indexOf('ack'), 'what was believed before is void before the new state counts')
})

test('without an order the fence holds the committed version off', () => {
  const edge = edgeWith(at(900n))
  const content = { kind: 'delta', octets: 0, content: undefined } as const
  const place = { zone, shard: 3, position: 4n, after: 0n, placement: 'default' }
  const release = { kind: 'release', ...place, state: at(7n), base: undefined, body: content, note: undefined } as const
  const effects = edge.step({ kind: 'received', stream: 1, message: release })
  assert.equal(only(effects, 'apply'), undefined)
  assert.deepEqual(
    sent(effects).flatMap((message) => (message.kind === 'nack' ? [message.reason] : [])),
    ['NOT_NEWER'],
  )
})

test('where nothing later is held the order is refused, unless it is forced', () => {
  const edge = edgeWith(at(7n))
  const refused = edge.order(at(7n))
  assert.deepEqual([doneOf(refused).outcome, only(refused, 'fetch')], ['fine', undefined])
  assert.equal(only(edge.order(at(7n), { order: 10n, force: true }), 'fetch').target.version, 7n)
})

test('an order that two publishers pass on is carried out once, and answered to both', () => {
  const edge = edgeWith(at(900n))
  edge.step({ kind: 'opened', stream: 2 })
  const fetch = only(edge.order(at(7n)), 'fetch')
  const message: Reset = { kind: 'reset', order: 9n, zone, shard: 3, state: at(7n), placement: 'default', force: false }
  const again = (): ReceiverEffect[] => edge.step({ kind: 'received', stream: 2, message })
  assert.deepEqual([only(again(), 'fetch'), doneOf(again())], [undefined, undefined])
  edge.step({ kind: 'fetched', job: fetch.job, state: at(7n), placement: 'default' })
  edge.hold(at(7n))
  const done = edge.step({ kind: 'applied', job: fetch.job, state: at(7n), at: 1 })
  const streams = done.flatMap((effect) => (effect.kind === 'send' && effect.message.kind === 'resetDone' ? [effect.stream] : []))
  assert.deepEqual(streams, [1, 2])
  assert.equal(doneOf(again()).outcome, 'done', 'whoever is late hears what came of it')
})

test('a deleted zone goes back to its tombstone at once', () => {
  const apply = only(edgeWith(at(900n)).order(at(7n, true)), 'apply')
  assert.deepEqual([apply.body.kind, apply.state.deleted, apply.reset], ['tombstone', true, true])
})

test('a fetch that fails ends the order, and the edge keeps what it has', () => {
  const edge = edgeWith(at(900n))
  const fetch = only(edge.order(at(7n)), 'fetch')
  const effects = edge.step({ kind: 'fetchFailed', job: fetch.job, detail: 'nobody answers' })
  assert.deepEqual([doneOf(effects).outcome, doneOf(effects).have!.version], ['failed', 900n])
  for (let tick = 0; tick < 2_000; tick++) assert.equal(only(edge.step({ kind: 'tick' }), 'fetch'), undefined)
})

test('a change is not at an edge whose version was never committed, whatever its position says', () => {
  const tracker = new ProgressTracker({ logId })
  const head = { state: at(7n), shard: 3, position: 4n, placement: 'default' }
  const question = { edgeId: 'edge-1', zone, generation: 5n, version: 7n, head }
  const edge = { edgeId: 'edge-1', connected: true, lastHeardAt: 1, placements: ['default'] }
  const shards = [{ shard: 3, applied: 4n, answered: 4n }]
  const zones = (kind: 'applied' | 'reset', version: bigint) => [{ zone, generation: 5n, version, kind, at: 1, reason: '' }]
  tracker.report('p', { logId, full: true, edges: [{ ...edge, shards, zones: zones('applied', 900n) }] })
  assert.deepEqual([tracker.at(question).stage, tracker.at(question).ahead], ['committed', 900n])
  tracker.report('p', { logId: undefined, full: false, edges: [{ ...edge, shards: [], zones: zones('reset', 7n) }] })
  assert.deepEqual([tracker.at(question).stage, tracker.at(question).ahead], ['answered', undefined])
})
