/** Kept answers are those that would be rendered, in any case of the name, until their zone moves. */
import assert from 'node:assert/strict'
import {
  encodeMessage,
  fold,
  formatName,
  parseMessage,
  parseName,
  RCODE,
  TYPE,
  type Edns,
  type Name,
  type RR,
} from '@zonecast/dns'
import { arbContent, arbName } from '@zonecast/testkit'
import { applyDelta, arrayReader, packRRs, type ZoneView } from '@zonecast/zone'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { AnswerCache, type Versions } from './answer-cache.ts'
import { createResponder } from './responder.ts'

const apex = parseName('example.')
const client = { transport: 'udp', address: '192.0.2.9' } as const
const soaRdata = Uint8Array.from([
  ...parseName('ns.example.'),
  ...parseName('h.example.'),
  0,
  0,
  0,
  1,
  ...Array<number>(16).fill(1),
])

function viewOf(rrs: readonly Uint8Array[]): ZoneView {
  const { puts } = applyDelta(arrayReader([]), { removed: new Uint8Array(0), added: packRRs([...rrs]) })
  return { apex, soa: { owner: apex, type: TYPE.SOA, ttl: 60, rdata: soaRdata } satisfies RR, pages: arrayReader(puts) }
}

class TestVersions implements Versions {
  commits = 0
  liveZones = 0
  stamp = 0
  slotOf = (): number => 0
  stampOf = (): number => this.stamp
}

interface Asked {
  readonly name: Name
  readonly type: number
  readonly edns?: Edns
  readonly id?: number
}

function queryOf({ name, type, edns, id = 7 }: Asked): Uint8Array {
  const flags = { qr: false, opcode: 0, aa: false, tc: false, rd: true, ra: false, ad: false, cd: false, rcode: 0 }
  const questions = [{ name, type, class: 1 }]
  return encodeMessage({ id, ...flags, questions, answers: [], authorities: [], additionals: [], ...(edns && { edns }) }).bytes
}

const edns = (udpSize: number, doBit: boolean): Edns => ({ udpSize, version: 0, doBit, options: [] })
const flipped = (name: Name) =>
  name.map((octet, i) => (fold(octet) >= 0x61 && fold(octet) <= 0x7a && i % 2 === 0 ? octet ^ 0x20 : octet))
/** Length octets are below 'A' and stay. */
const arbAsked = fc.record({
  name: arbName(apex),
  type: fc.constantFrom<number>(TYPE.A, TYPE.NS, TYPE.CNAME, TYPE.MX, TYPE.AAAA, TYPE.DS, TYPE.ANY, TYPE.SOA, 65_280, 65_281),
  edns: fc.constantFrom(undefined, edns(0, false), edns(600, false), edns(1232, true), edns(4096, true)),
})

test('a kept answer is the rendered one, octet by octet, in whatever case it is asked for', () => {
  fc.assert(
    fc.property(arbContent(apex), fc.array(arbAsked, { minLength: 1, maxLength: 8 }), fc.boolean(), (rrs, questions, tcp) => {
      const view = viewOf(rrs)
      const versions = new TestVersions()
      const cached = createResponder({ enclosing: () => view, cache: new AnswerCache({ versions }) })
      const plain = createResponder({ enclosing: () => view })
      const owners = rrs.map((rr) => rr.slice(0, rr.indexOf(0, 0) + 1))
      const from = tcp ? ({ ...client, transport: 'tcp' } as const) : client
      for (const { edns: opt, ...asked } of [...questions, ...questions, ...questions]) {
        for (const name of [asked.name, flipped(asked.name), ...owners.filter(isName).slice(0, 4)]) {
          const query = queryOf({ ...asked, name, ...(opt && { edns: opt }) })
          assert.deepEqual(cached(query, from)?.bytes, plain(query, from)?.bytes, `${formatName(name)} ${asked.type}`)
        }
      }
    }),
    { numRuns: Number(process.env['ZONECAST_SEEDS'] || 300) },
  )
})

function isName(octets: Uint8Array): boolean {
  let at = 0
  while (octets[at]! > 0) at += 1 + octets[at]!
  return at + 1 === octets.length
}

function oneHost(address: string): ZoneView {
  const octets = Uint8Array.from(address.split('.').map(Number))
  const www = parseName('www.example.')
  const stored = Uint8Array.from([...www, 0, TYPE.A, 0, 1, 0, 0, 0, 60, 0, 4, ...octets])
  return viewOf([stored])
}

function setUp(first = oneHost('192.0.2.1')) {
  const versions = new TestVersions()
  let view: ZoneView | undefined = first
  let lookups = 0
  const cache = new AnswerCache({ versions })
  const respond = createResponder({
    enclosing: () => {
      lookups++
      return view
    },
    cache,
  })
  const ask = (name = 'www.example.', opt?: Edns) => {
    const response = respond(queryOf({ name: parseName(name), type: TYPE.A, ...(opt && { edns: opt }) }), client)!
    const { rcode, answers } = parseMessage(response.bytes)
    return { rcode, address: answers[0]?.rdata.join('.') }
  }
  return { versions, cache, ask, lookups: () => lookups, serve: (next: ZoneView | undefined) => (view = next) }
}

test('an answer that is asked for again is kept until its zone moves', () => {
  const { versions, ask, lookups, serve } = setUp()
  for (const name of ['www.example.', 'WWW.example.', 'wWw.ExAmPlE.', 'www.example.'])
    assert.equal(ask(name).address, '192.0.2.1')
  assert.equal(lookups(), 2)
  serve(oneHost('192.0.2.2'))
  versions.commits++
  versions.stamp++
  assert.equal(ask().address, '192.0.2.2')
  assert.equal(ask().address, '192.0.2.2')
  assert.equal(lookups(), 3)
})

test('commits to other zones leave an answer as it is', () => {
  const { versions, ask, lookups } = setUp()
  ask()
  ask()
  versions.commits++
  ask()
  assert.equal(lookups(), 2)
})

test('where a zone comes or goes, every name may belong to another', () => {
  const { versions, ask, serve, cache } = setUp()
  ask()
  ask()
  assert.ok(cache.octets > 0)
  serve(undefined)
  versions.liveZones++
  assert.equal(ask().rcode, RCODE.REFUSED)
  assert.equal(cache.octets, 0)
})

test('what was rendered while a commit came in is not kept', () => {
  const versions = new TestVersions()
  let view = oneHost('192.0.2.1')
  let questions = 0
  const respond = createResponder({
    enclosing: () => {
      const read = view
      // The commit of another thread, after this one has read the old version and before it keeps what it read.
      if (++questions === 2) {
        view = oneHost('192.0.2.2')
        versions.commits++
        versions.stamp++
      }
      return read
    },
    cache: new AnswerCache({ versions }),
  })
  const address = () =>
    parseMessage(respond(queryOf({ name: parseName('www.example.'), type: TYPE.A }), client)!.bytes).answers[0]?.rdata[3]
  assert.deepEqual([address(), address(), address()], [1, 1, 2])
})

test('DO, EDNS and room are told apart', () => {
  const { ask, lookups } = setUp()
  for (const doBit of [true, false, true, false]) ask('www.example.', edns(1232, doBit))
  assert.equal(lookups(), 4)
  ask('www.example.')
  ask('www.example.', edns(4096, false))
  assert.equal(lookups(), 4, 'a whole body serves whoever has room for it')
})

test('memory is bounded by octets and by places', () => {
  const versions = new TestVersions()
  const maxOctets = 20_000
  const view = viewOf([])
  for (const places of [16, 4096]) {
    const cache = new AnswerCache({ versions, maxOctets, places })
    const respond = createResponder({ enclosing: () => view, cache })
    let most = 0
    for (let i = 0; i < 4_000; i++) {
      respond(queryOf({ name: parseName(`name-${i >> 1}.example.`), type: TYPE.A }), client)
      most = Math.max(most, cache.octets)
    }
    assert.ok(most > 0 && most <= maxOctets, `${most} octets with ${places} places`)
  }
})

test('names that come once, as in a flood of random ones, take nothing from those that are asked for again', () => {
  const { cache, ask, lookups } = setUp(viewOf([]))
  ask()
  ask()
  const before = { octets: cache.octets, lookups: lookups() }
  for (let i = 0; i < 5_000; i++) ask(`random-${i}.example.`)
  ask()
  assert.deepEqual({ octets: cache.octets, lookups: lookups() }, { octets: before.octets, lookups: before.lookups + 5_000 })
})

test('kept answers are limited like others', () => {
  const versions = new TestVersions()
  const view = oneHost('192.0.2.1')
  const rateLimit = {
    responsesPerSecond: 5,
    windowSeconds: 15,
    slip: 0,
    leak: 0,
    ipv4PrefixLength: 24,
    ipv6PrefixLength: 56,
    limitLoopback: false,
    maxAccounts: 100,
  }
  const respond = createResponder({
    enclosing: () => view,
    cache: new AnswerCache({ versions }),
    rateLimit,
    now: () => 1_000_000,
  })
  const query = queryOf({ name: parseName('www.example.'), type: TYPE.A })
  const sent = Array.from({ length: 20 }, () => respond(query, client)).filter(Boolean).length
  assert.ok(sent >= 5 && sent < 20, `${sent} of 20 were sent`)
})
