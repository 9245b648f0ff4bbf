/** A walk ends on the exact content, whatever happens on the way. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { encodeRR, parseName } from '@zonecast/dns'
import { arbContent, arbRR, generateZone, sortedUnique } from '@zonecast/testkit'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { applyDelta, editPages, type PageEdits } from './apply-delta.ts'
import { diffSorted } from './delta.ts'
import { digestOf } from './digest.ts'
import { netDeltas } from './net.ts'
import { buildPages } from './page-build.ts'
import type { PageRef } from './page.ts'
import { PageError } from './page-scan.ts'
import { arrayReader, type PageReader, walkRRs } from './reader.ts'
import { checkPages, hexes } from './test-pages.ts'
import type { VersionHeader } from './types.ts'
import { WalkError, type WalkProgress, WalkState } from './walk-receive.ts'
import { endOfZoneKey, type KeyRange, nextRange, rangeHash, rangesOf } from './walk-send.ts'

const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'binary')
const soaOf = (version: number) => encodeRR({ owner: parseName('example.'), type: 6, ttl: 60, rdata: Uint8Array.of(version) })

function headerOf(version: number, rrs: Uint8Array[]): VersionHeader {
  const [soa, settings] = [soaOf(version), Uint8Array.of(version)]
  const digest = digestOf(rrs, soa, settings, sha256)
  return {
    state: { generation: 9n, version: BigInt(version), serial: version, digest, deleted: false },
    soa,
    settings,
    settingsVersion: 1n,
    rrCount: rrs.length + 1,
    rrsetCount: 0,
    contentOctets: 0,
    placement: 'default',
  }
}

/** A sender that has all versions; its page bounds are its own. */
interface Sender {
  readonly pages: readonly PageRef[][]
}

/** One sender cut its pages afresh at each version, the other lived through the deltas. */
function sendersOf(versions: Uint8Array[][]): [Sender, Sender] {
  const fresh = versions.map((rrs) => [...buildPages(rrs)])
  const lived = [[...buildPages(versions[0]!.slice(0, 3))]]
  lived[0] = editPages(lived[0]!, applyDelta(arrayReader(lived[0]!), diffSorted(versions[0]!.slice(0, 3), versions[0]!)))
  for (let i = 1; i < versions.length; i++) {
    const before = lived[i - 1]!
    lived.push(editPages(before, applyDelta(arrayReader(before), diffSorted(versions[i - 1]!, versions[i]!))))
  }
  return [{ pages: fresh }, { pages: lived }]
}

/** A receiver with its stage, and the version the sender is at. */
class Receiver {
  stage: PageRef[] = []
  version = 0
  walk: WalkState
  progress: WalkProgress | undefined
  readonly #versions: Uint8Array[][]

  constructor(versions: Uint8Array[][]) {
    this.#versions = versions
    this.walk = this.#open()
    const { clear } = this.walk.begin(headerOf(0, versions[0]!), false)
    assert.ok(clear)
  }

  #open(): WalkState {
    const reader: PageReader = {
      at: (key) => arrayReader(this.stage).at(key),
      after: (key) => arrayReader(this.stage).after(key),
      before: (key) => arrayReader(this.stage).before(key),
    }
    return new WalkState({ sha256, stage: reader, progress: this.progress })
  }

  keep(edits: PageEdits): void {
    this.stage = editPages(this.stage, edits)
    this.progress = this.walk.progress()
  }

  take(range: KeyRange): void {
    this.keep(this.walk.range({ ...range, version: BigInt(this.version), sha256: rangeHash(range.pages, sha256) }))
  }

  catchUpTo(version: number): void {
    if (version === this.version) return
    const steps = this.#versions
      .slice(this.version, version)
      .map((rrs, i) => diffSorted(rrs, this.#versions[this.version + i + 1]!))
    const delta = netDeltas(steps)
    this.keep(this.walk.catchUp({ fromVersion: BigInt(this.version), toVersion: BigInt(version), delta }))
    this.version = version
  }

  /** The link is cut; the walk goes on at a sender that is at `version`. */
  resume(version: number): void {
    if (this.progress === undefined) return
    this.walk = this.#open()
    const { clear } = this.walk.begin(headerOf(version, this.#versions[version]!), true)
    assert.ok(!clear)
    this.catchUpTo(version)
  }

  get key(): Uint8Array {
    return this.walk.token().key
  }

  end(): void {
    const rrs = this.#versions[this.version]!
    this.walk.end(headerOf(this.version, rrs))
    assert.deepEqual(hexes(walkRRs(arrayReader(this.stage))), hexes(rrs))
    checkPages(this.stage)
  }
}

const arbVersions = fc
  .tuple(
    arbContent(undefined, 80),
    fc.array(fc.tuple(fc.array(arbRR().map(encodeRR), { maxLength: 20 }), fc.nat()), { maxLength: 4 }),
  )
  .map(([first, steps]) => {
    const versions = [first]
    for (const [added, salt] of steps) {
      const kept = versions.at(-1)!.filter((_, i) => salt % 5 !== 0 && (i * 7 + salt) % 4 !== 0)
      versions.push(sortedUnique([...added, ...kept]))
    }
    return versions
  })

test('with the zone moving, links cut and senders changing, a walk ends on the exact content', () => {
  const act = fc.record({
    kind: fc.constantFrom('range', 'range', 'range', 'move', 'cut'),
    maxOctets: fc.integer({ min: 1, max: 40_000 }),
  })
  fc.assert(
    fc.property(arbVersions, fc.array(act, { maxLength: 30 }), (versions, acts) => {
      const senders = sendersOf(versions)
      const receiver = new Receiver(versions)
      let sender = 0
      for (const { kind, maxOctets } of acts) {
        if (kind === 'move') receiver.catchUpTo(Math.min(receiver.version + 1, versions.length - 1))
        if (kind === 'cut') {
          sender = 1 - sender
          receiver.resume(Math.min(receiver.version + (maxOctets % 2), versions.length - 1))
        }
        if (kind !== 'range' || Buffer.compare(receiver.key, endOfZoneKey) === 0) continue
        receiver.take(nextRange(arrayReader(senders[sender]!.pages[receiver.version]!), receiver.key, maxOctets))
      }
      const reader = arrayReader(senders[sender]!.pages[receiver.version]!)
      for (const range of rangesOf(reader, { fromKey: receiver.key, maxOctets: 5_000 })) receiver.take(range)
      receiver.end()
    }),
    { numRuns: 200 },
  )
})

const zone = generateZone('example.com', 3_000)
const later = zone.rrs.filter((_, i) => i % 3 !== 0)
const two = [zone.rrs, later]
const senders = sendersOf(two)

test('wherever a walk is cut, it goes on at another sender with other page bounds', () => {
  const count = [...rangesOf(arrayReader(senders[0].pages[0]!), { maxOctets: 20_000 })].length
  assert.ok(count > 5)
  for (let cut = 0; cut <= count; cut++) {
    const receiver = new Receiver(two)
    for (const range of [...rangesOf(arrayReader(senders[0].pages[0]!), { maxOctets: 20_000 })].slice(0, cut))
      receiver.take(range)
    receiver.resume(cut === 0 ? 0 : 1)
    const options = { fromKey: receiver.key, maxOctets: 20_000 }
    for (const range of rangesOf(arrayReader(senders[1].pages[receiver.version]!), options)) receiver.take(range)
    receiver.end()
  }
})

test('a page whose forerunners all went with a catch-up becomes the first of its space', () => {
  const receiver = new Receiver([zone.rrs, zone.rrs.slice(2_000)])
  receiver.take(nextRange(arrayReader(senders[0].pages[0]!), receiver.key, 20_000))
  receiver.catchUpTo(1)
  assert.deepEqual(receiver.stage, [])
  const pages = editPages(
    senders[0].pages[0]!,
    applyDelta(arrayReader(senders[0].pages[0]!), diffSorted(zone.rrs, zone.rrs.slice(2_000))),
  )
  for (const range of rangesOf(arrayReader(pages), { fromKey: receiver.key, maxOctets: 20_000 })) receiver.take(range)
  receiver.end()
})

test('a walk over nothing is one empty range', () => {
  assert.deepEqual(
    [...rangesOf(arrayReader([]), { maxOctets: 1 })],
    [{ fromKey: Uint8Array.of(0), toKey: new Uint8Array(), pages: [] }],
  )
  const receiver = new Receiver([[]])
  receiver.take(nextRange(arrayReader([]), receiver.key, 1))
  receiver.end()
})

test('ranges keep to their size, and to one page at least', () => {
  for (const { pages } of rangesOf(arrayReader(senders[0].pages[0]!), { maxOctets: 40_000 })) {
    assert.ok(pages.reduce((octets, { key, content }) => octets + key.length + content.length, 0) <= 40_000)
  }
  for (const { pages } of rangesOf(arrayReader(senders[0].pages[0]!), { maxOctets: 1 })) assert.equal(pages.length, 1)
})

/** The parts of a whole walk over the first version. */
function parts(): { receiver: Receiver; ranges: KeyRange[] } {
  return { receiver: new Receiver(two), ranges: [...rangesOf(arrayReader(senders[0].pages[0]!), { maxOctets: 40_000 })] }
}

function refuses(reason: WalkError['reason'], run: () => unknown): void {
  assert.throws(run, (error) => error instanceof WalkError && error.reason === reason)
}

test('a range that is left out, doubled or at another version is refused', () => {
  const { receiver, ranges } = parts()
  refuses('ORDER', () => receiver.take(ranges[1]!))
  receiver.take(ranges[0]!)
  refuses('ORDER', () => receiver.take(ranges[0]!))
  receiver.version = 1
  refuses('ORDER', () => receiver.take(ranges[1]!))
})

test('a range whose hash does not come out is refused', () => {
  const { receiver, ranges } = parts()
  const broken = { ...ranges[0]!, version: 0n, sha256: new Uint8Array(32) }
  refuses('HASH', () => receiver.walk.range(broken))
})

test('a malformed page is refused though its hash comes out', () => {
  const { receiver, ranges } = parts()
  const pages = ranges[0]!.pages.map(({ key, content }) => ({ key, content: content.subarray(0, content.length - 1) }))
  assert.throws(() => receiver.take({ ...ranges[0]!, pages }), PageError)
  assert.throws(() => receiver.take({ ...ranges[0]!, toKey: Uint8Array.of(0, 1) }), PageError)
  refuses('ORDER', () => receiver.take({ ...ranges[0]!, toKey: Uint8Array.of(0) }))
})

test('an end before the last range, or a range after it, is refused', () => {
  const { receiver, ranges } = parts()
  refuses('ORDER', () => receiver.end())
  for (const range of ranges) receiver.take(range)
  refuses('ORDER', () => receiver.take(ranges.at(-1)!))
  receiver.end()
  refuses('ORDER', () => receiver.end())
})

test('a walk that lost a page on the way ends in the wrong digest', () => {
  const { receiver, ranges } = parts()
  for (const [i, range] of ranges.entries()) receiver.take(i === 1 ? { ...range, pages: range.pages.slice(1) } : range)
  refuses('DIGEST', () => receiver.end())
})

test('a delta from another version, and a beginning out of turn, are refused', () => {
  const { receiver } = parts()
  const delta = diffSorted(zone.rrs, later)
  refuses('ORDER', () => receiver.walk.catchUp({ fromVersion: 3n, toVersion: 4n, delta }))
  refuses('ORDER', () => receiver.walk.catchUp({ fromVersion: 0n, toVersion: 0n, delta }))
  refuses('ORDER', () => receiver.walk.begin(headerOf(0, []), false))
  const stage = arrayReader([])
  refuses('ORDER', () => new WalkState({ sha256, stage }).begin(headerOf(0, []), true))
  const progress = { token: { generation: 8n, key: Uint8Array.of(0), version: 0n }, sum: new Uint8Array(32) }
  refuses('ORDER', () => new WalkState({ sha256, stage, progress }).begin(headerOf(0, []), true))
})
