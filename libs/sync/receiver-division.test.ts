/** Who sends a shard. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { shardCount } from './messages.ts'
import { divide } from './receiver-division.ts'
import { newStream, type Stream } from './receiver-shards.ts'

const all = Array.from({ length: shardCount }, (_, shard) => shard)

interface Given {
  readonly held?: readonly number[]
  readonly current?: readonly number[]
  readonly isSilent?: boolean
}

let lastStream = 0

function publisher(publisherId: string, { held = all, current = held, isSilent = false }: Given = {}): Stream {
  const offered = { held: new Set(held), current: new Set(current) }
  return Object.assign(newStream(++lastStream), { publisherId, isSilent, offered })
}

/** One of before: it sends what it has. */
function sendsAnyway(...shards: number[]): Stream {
  return Object.assign(newStream(++lastStream), { shards: new Set(shards) })
}

const wantedFrom = (stream: Stream, ...others: Stream[]) => [...(divide([stream, ...others]).get(stream) ?? [])]

test('the only publisher is asked for all it holds', () => {
  assert.deepEqual(wantedFrom(publisher('a')), all)
  assert.deepEqual(wantedFrom(publisher('a', { held: [3, 5] })), [3, 5])
})

for (const count of [2, 3, 5])
  test(`${count} publishers share the shards, each shard once and none far from its part`, () => {
    const streams = Array.from({ length: count }, (_, at) => publisher(`publisher-${at + 1}`))
    const wanted = [...divide(streams).values()]
    assert.deepEqual(
      wanted.flatMap((shards) => [...shards]).toSorted((a, b) => a - b),
      all,
    )
    for (const shards of wanted) assert.ok(shards.size > shardCount / count / 2, `${shards.size} of ${shardCount} shards`)
  })

test('where one goes, only its shards move', () => {
  const [a, b, c] = [publisher('a'), publisher('b'), publisher('c')]
  const before = divide([a, b, c])
  const after = divide([a, b])
  for (const stream of [a, b]) for (const shard of before.get(stream)!) assert.ok(after.get(stream)!.has(shard))
})

for (const { name, other } of [
  { name: 'one that is not up to date', other: publisher('b', { current: [] }) },
  { name: 'one that is silent', other: publisher('b', { isSilent: true }) },
  { name: 'one that does not hold it', other: publisher('b', { held: [] }) },
])
  test(`${name} is asked for nothing where there is another`, () => {
    assert.deepEqual(wantedFrom(publisher('a'), other), all)
    assert.deepEqual(wantedFrom(other, publisher('a')), [])
  })

test('one that is silent is asked where nobody else holds the shard', () => {
  const silent = publisher('b', { isSilent: true })
  assert.deepEqual(wantedFrom(silent, publisher('a', { held: all.slice(1) })), [0])
})

test('one that is heard and not up to date is asked before one that was up to date and is silent', () => {
  assert.deepEqual(wantedFrom(publisher('a', { current: [] }), publisher('b', { isSilent: true })), all)
})

test('what a publisher of before sends, asked or not, is asked of nobody', () => {
  assert.deepEqual(wantedFrom(publisher('a'), sendsAnyway(0, 1)), all.slice(2))
})

test('what was said is not said again', () => {
  const stream = publisher('a')
  stream.wanted = new Set(all)
  assert.equal(divide([stream]).size, 0)
})
