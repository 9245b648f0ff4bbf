/** Laws of change sets: model, checker and plan agree on every small zone. */
import assert from 'node:assert/strict'
import { decodeRR, encodeRR, formatRR, parseName, parseRDATAText, type RR, typeFromText, typeToText } from '@zonecast/dns'
import * as fc from 'fast-check'
import { test } from 'vitest'
import type { ChangeOp } from './change-op.ts'
import { type ChangePlan, planChanges } from './change-set.ts'
import { ZoneChecker } from './checker.ts'
import { unpackRRs } from './delta.ts'
import { walkRRs } from './reader.ts'
import { touchedQuestions } from './lookup/touched-questions.ts'
import { linesOf, parseRRs, sortedStored, viewOf } from './test-zone.ts'
import type { ZoneView } from './view.ts'

const apex = parseName('example.')
const emptyZone = viewOf(parseRRs('@ SOA ns h 1 1 1 1 60\n@ NS x.', 'example.'))

/** Values by type; two of MX differ in case alone, and so are one. */
const values: Readonly<Record<string, readonly string[]>> = {
  A: ['192.0.2.1', '192.0.2.2'],
  NS: ['x.', 'a.example.', 'b.a.example.'],
  CNAME: ['a.example.', 'x.'],
  MX: ['1 a', '2 a', '1 A'],
  TXT: ['x', 'y'],
  DNAME: ['x.', 'y.'],
}

/** A step of a change set that does not know its place yet. */
type Step = Omit<ChangeOp, 'field'>

const name = fc
  .array(fc.constantFrom('a', 'b', '*'), { maxLength: 3 })
  .map((labels) => (labels.length === 0 ? apex : parseName(labels.join('.'), apex)))
const type = fc.constantFrom(...Object.keys(values))
const ttl = fc.option(fc.constantFrom(60, 120), { nil: undefined })

const step = fc
  .record({
    kind: fc.constantFrom('put', 'add', 'remove', 'delete'),
    owner: name,
    mnemonic: type,
    ttl,
    picks: fc.array(fc.nat(2), { minLength: 1, maxLength: 3 }),
  })
  .map(({ kind, owner, mnemonic, picks, ttl: seconds }): Step => {
    const number = typeFromText(mnemonic)!
    const texts = picks.map((pick) => values[mnemonic]![pick % values[mnemonic]!.length]!)
    const rdatas = texts.map((text) => parseRDATAText(number, text, apex))
    const target = { kind, owner, type: number }
    if (kind === 'delete') return target as Step
    return { ...target, rdatas, ...(seconds === undefined || kind === 'remove' ? {} : { ttl: seconds }) } as Step
  })
const withFields = (ops: readonly Step[]): ChangeOp[] => ops.map((op, i) => ({ ...op, field: `changes[${i}]` }) as ChangeOp)

const plan = (view: ZoneView, ops: readonly ChangeOp[]): ReturnType<typeof planChanges> =>
  planChanges(view, ops, { defaultTtl: 3600, rrsetCount: 2, force: true })

const contentOf = (view: ZoneView): RR[] => Array.from(walkRRs(view.pages), (stored) => decodeRR(stored))

/** The version a plan leads to; what it removes must be there octet for octet, and what it adds must not. */
function applied(view: ZoneView, { delta }: ChangePlan): ZoneView {
  const lines = new Map(contentOf(view).map((rr) => [Buffer.from(encodeRR(rr)).toString('hex'), rr]))
  for (const stored of unpackRRs(delta.removed))
    assert.ok(lines.delete(Buffer.from(stored).toString('hex')), 'removes what is not there')
  for (const stored of unpackRRs(delta.added)) {
    const key = Buffer.from(stored).toString('hex')
    assert.ok(!lines.has(key), 'adds what is there')
    lines.set(key, decodeRR(stored))
  }
  return viewOf([view.soa, ...lines.values()])
}

/** A valid zone, grown by whatever single steps it allows. */
const zone = fc.array(step, { maxLength: 12 }).map((ops) => {
  let view = emptyZone
  for (const op of withFields(ops)) {
    const result = plan(view, [op])
    if (!('violations' in result)) view = applied(view, result)
  }
  return view
})

/** The change set on plain maps: owner and type → TTL and values by folded text. */
function model(view: ZoneView, ops: readonly ChangeOp[]): string[] {
  const sets = new Map<string, { ttl: number; values: Map<string, RR> }>()
  const before = new Map<string, number>()
  const keyOf = (rr: { owner: Uint8Array; type: number }): string =>
    `${Buffer.from(rr.owner).toString('latin1')} ${typeToText(rr.type)}`
  for (const rr of contentOf(view)) {
    const set = sets.get(keyOf(rr)) ?? { ttl: rr.ttl, values: new Map() }
    sets.set(keyOf(rr), set)
    set.values.set(formatRR({ ...rr, ttl: 0 }).toLowerCase(), rr)
    before.set(keyOf(rr), rr.ttl)
  }
  for (const op of ops) {
    const old = sets.get(keyOf(op))
    const chosen = 'ttl' in op ? op.ttl : undefined
    const given = new Map<string, RR>()
    for (const rdata of 'rdatas' in op ? op.rdatas : []) {
      const rr = { owner: op.owner, type: op.type, ttl: 0, rdata }
      const key = formatRR(rr).toLowerCase()
      if (!given.has(key)) given.set(key, rr)
    }
    const next = {
      ttl: chosen ?? old?.ttl ?? before.get(keyOf(op)) ?? 3600,
      values: new Map(op.kind === 'put' ? given : old?.values),
    }
    if (op.kind === 'delete') next.values.clear()
    for (const [key, rr] of given) {
      if (op.kind === 'remove') next.values.delete(key)
      if (op.kind === 'add' && !next.values.has(key)) next.values.set(key, rr)
    }
    if (next.values.size > 0) sets.set(keyOf(op), next)
    else sets.delete(keyOf(op))
  }
  const rrs = [...sets.values()].flatMap((set) => Array.from(set.values.values(), (rr) => ({ ...rr, ttl: set.ttl })))
  return linesOf(sortedStored(rrs).map((stored) => decodeRR(stored)))
}

function checked(view: ZoneView, rrs: Iterable<RR>): { refusals: string[]; emitted: string[] } {
  const emitted: RR[] = []
  const checker = new ZoneChecker({ apex, emit: (stored) => void emitted.push(decodeRR(stored)) })
  for (const stored of sortedStored([view.soa, ...rrs])) checker.push(stored)
  const { violations, rrCount, rrsetCount } = checker.end()
  assert.equal(rrCount, emitted.length + 1)
  assert.equal(rrsetCount, new Set(emitted.map((rr) => `${Buffer.from(rr.owner).toString('hex')} ${rr.type}`)).size + 1)
  return { refusals: violations.map(({ reason }) => reason), emitted: linesOf(emitted) }
}

test('a plan leads to what the model says, which the checker takes; both refuse the same', () => {
  let planned = 0
  let refused = 0
  fc.assert(
    fc.property(zone, fc.array(step, { minLength: 1, maxLength: 5 }), (view, steps) => {
      const ops = withFields(steps)
      const result = plan(view, ops)
      const expected = model(view, ops)
      const { refusals } = checked(view, parseRRs(expected.join('\n'), '.'))
      if ('violations' in result) {
        const reasons = result.violations.map(({ reason }) => reason).filter((reason) => reason !== 'CHANGES_CONTRADICT')
        assert.deepEqual([...new Set(reasons)].toSorted(), [...new Set(refusals)].toSorted())
        refused++
        return
      }
      const after = applied(view, result)
      assert.deepEqual(linesOf(contentOf(after)), expected)
      assert.deepEqual(refusals, [])
      assert.deepEqual(checked(view, contentOf(after)).emitted, expected)
      planned++
    }),
    { numRuns: 1500 },
  )
  assert.ok(planned > 100 && refused > 100, `${planned} planned, ${refused} refused`)
})

test('the same change set again changes nothing', () => {
  fc.assert(
    fc.property(zone, fc.array(step, { minLength: 1, maxLength: 5 }), (view, steps) => {
      const first = plan(view, withFields(steps))
      if ('violations' in first) return
      const again = plan(applied(view, first), withFields(steps))
      assert.ok(!('violations' in again))
      assert.equal(again.delta.removed.length + again.delta.added.length, 0)
      assert.deepEqual([again.added, again.removed, again.addedRRsets, again.removedRRsets, again.oldTtl], [0, 0, 0, 0, 0])
      assert.equal(touchedQuestions(apex, again.delta).length, 1)
    }),
    { numRuns: 500 },
  )
})

test('the counts of a plan are those of the two versions', () => {
  const count = (view: ZoneView): [number, number] => {
    const rrs = contentOf(view)
    return [rrs.length, new Set(rrs.map((rr) => `${Buffer.from(rr.owner).toString('hex')} ${rr.type}`)).size]
  }
  fc.assert(
    fc.property(zone, fc.array(step, { minLength: 1, maxLength: 5 }), (view, steps) => {
      const result = plan(view, withFields(steps))
      if ('violations' in result) return
      const [rrs, rrsets] = count(view)
      assert.deepEqual(count(applied(view, result)), [
        rrs + result.added - result.removed,
        rrsets + result.addedRRsets - result.removedRRsets,
      ])
    }),
    { numRuns: 500 },
  )
})
