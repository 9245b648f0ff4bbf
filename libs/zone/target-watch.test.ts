/** Targets of an import: the same warnings as of a change set, and bounds on what is remembered. */
import assert from 'node:assert/strict'
import { parseName, type RR, TYPE } from '@zonecast/dns'
import { array, assert as holds, constantFrom, oneof, property, tuple } from 'fast-check'
import { test } from 'vitest'
import { planChanges } from './change-set.ts'
import { ZoneChecker } from './checker.ts'
import { hasTarget, TargetList } from './target-watch.ts'
import { zoneOf } from './test-changes.ts'
import { parseRRs, sortedStored } from './test-zone.ts'

const apex = parseName('example.com.')
const head = '@ SOA ns.example.net. h 1 7200 3600 1209600 300\n@ NS ns.example.net.\n'
const aboutTargets = new Set(['TARGET_IS_ALIAS', 'TARGET_MISSING', 'CNAME_TARGET_MISSING', 'CNAME_LOOP'])

type Listed = readonly { readonly reason: string; readonly subject: string }[]
const listed = (warnings: Listed) =>
  warnings.filter(({ reason }) => aboutTargets.has(reason)).map(({ reason, subject }) => `${reason} ${subject}`)

function imported(all: readonly RR[], news: readonly RR[] = all, max = 1_000) {
  const targets = new TargetList(apex)
  for (const { owner, type, rdata } of news) if (hasTarget(type)) targets.note(owner, type, rdata)
  const checker = new ZoneChecker({ apex, emit: () => {}, maxProblems: max, targets })
  for (const stored of sortedStored(all)) checker.push(stored)
  return checker.end()
}

const label = constantFrom('a', 'b', 'c', 'www', '*')
const name = array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'))
const line = oneof(
  tuple(name, name).map(([owner, target]) => `${owner} CNAME ${target}`),
  tuple(name, name).map(([owner, target]) => `${owner} MX 1 ${target}`),
  tuple(name, name).map(([owner, target]) => `${owner} SRV 0 0 1 ${target}`),
  tuple(name, name).map(([owner, target]) => `${owner} NS ${target}`),
  tuple(name, name).map(([owner, target]) => `${owner} HTTPS 0 ${target}`),
  tuple(name, oneof(name, constantFrom('.'))).map(([owner, target]) => `${owner} HTTPS 1 ${target}`),
  name.map((owner) => `${owner} A 192.0.2.1`),
  name.map((owner) => `${owner} TXT x`),
)

test('an import says of targets what a change set that makes the same says', () => {
  holds(
    property(array(line, { maxLength: 12 }), (lines) => {
      const rrs = parseRRs(lines.join('\n'), 'example.com.')
      const ops = rrs.map(({ owner, type, ttl, rdata }) => ({
        kind: 'add' as const,
        owner,
        type,
        ttl,
        rdatas: [rdata],
        field: '',
      }))
      const plan = planChanges(zoneOf(head), ops, { defaultTtl: 60, rrsetCount: 2 })
      const check = imported([...parseRRs(head, 'example.com.'), ...rrs])
      if ('violations' in plan) return
      assert.deepEqual(listed(check.warnings).toSorted(), listed(plan.warnings).toSorted())
    }),
    { numRuns: 500 },
  )
})

test('a merge warns of what it points to, and of the apex where its target becomes an alias', () => {
  const before = parseRRs(`${head}@ MX 1 mail\nold MX 1 nowhere\n`, 'example.com.')
  const news = parseRRs('mail CNAME www\nwww A 192.0.2.1\nnew MX 1 missing\n', 'example.com.')
  const { warnings } = imported([...before, ...news], news)
  assert.deepEqual(listed(warnings).toSorted(), ['TARGET_IS_ALIAS example.com. MX', 'TARGET_MISSING new.example.com. MX'])
})

test('what is remembered is bounded, and what is remembered is right', () => {
  const lines = Array.from({ length: 12_000 }, (_, at) => `m${at} MX 1 t${at}`)
  const rrs = parseRRs(`${head}${lines.join('\n')}\n`, 'example.com.')
  const { warnings, warningCount } = imported(rrs, rrs, 5)
  assert.deepEqual([warnings.length, warningCount], [5, 10_000])
  const same = Array.from({ length: 200 }, (_, at) => `m${at} MX 1 missing`)
  const many = parseRRs(`${head}${same.join('\n')}\nother MX 1 gone\n`, 'example.com.')
  assert.equal(imported(many).warningCount, 101)
  const list = new TargetList(apex)
  const deep = parseRRs(`m MX 1 ${'x.'.repeat(100)}y`, 'example.com.')[0]!
  list.note(deep.owner, TYPE.MX, deep.rdata)
  assert.equal(list.names().length, 1 + 2 * 101)
})
