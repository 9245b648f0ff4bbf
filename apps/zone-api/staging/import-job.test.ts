import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeRR, formatRR, decodeRR, ownerEnd, parseName, parseRDATAText, type RR, TYPE, ttlAt, typeAt } from '@zonecast/dns'
import { compareStored, diffSorted, DigestSum, joinPieces, type PageRef, rrsOf, scanPage, unpackRRs } from '@zonecast/zone'
import * as fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import { sha256 } from '@zonecast/runtime/hashes'
import { sameRRset } from './content-diff.ts'
import type { MergePlan, MergeSummary } from './content-merge.ts'
import { type ImportJob, LocalJob } from './import-job.ts'
import { ThreadJob } from './import-thread.ts'

const apex = parseName('example.com.')
let root = ''
let folders = 0

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'import-job-'))
})
afterAll(() => rmSync(root, { recursive: true }))

const rrOf = (owner: string, type: 'A' | 'TXT' | 'MX' | 'NS' | 'SOA' | 'CNAME', value: string, ttl = 60): RR => {
  return { owner: owner === '@' ? apex : parseName(owner, apex), type: TYPE[type], ttl, rdata: parseRDATAText(TYPE[type], value) }
}
const soa = rrOf('@', 'SOA', 'ns1.example.net. hostmaster.example.net. 7 3600 600 86400 300')
const ns = rrOf('@', 'NS', 'ns1.example.net.')

const folder = () => join(root, String(folders++))
const options = (own = {}) => ({ apex, format: 'wire' as const, defaultTtl: 60, folder: folder(), ...own })

interface Built {
  readonly summary: MergeSummary
  readonly rrs: Uint8Array[]
  readonly delta: { removed: Uint8Array[]; added: Uint8Array[] }
  /** Octets of delta in each batch. */
  readonly batches: readonly number[]
}

/** Runs a merge against live RRs that are handed over so many at a time. */
async function built(job: ImportJob, plan: Partial<MergePlan>, live: readonly Uint8Array[] = [], perPart = 3): Promise<Built> {
  const pages: PageRef[] = []
  const deltas: { removed: Uint8Array; added: Uint8Array }[] = []
  const waiting = [...live]
  let step = await job.merge({ apex, mode: 'replace', deltaOctets: 1_000_000, build: true, ...plan })
  while (step.kind !== 'end') {
    if (step.kind === 'batch') {
      pages.push(...step.pages)
      deltas.push(step.delta)
      step = await job.next()
    } else {
      const part = waiting.splice(0, perPart)
      step = await job.next({ packed: [Buffer.concat(part), new Uint8Array()], last: waiting.length === 0 })
    }
  }
  pages.forEach(({ key, content }, i) => scanPage(content, { key, ...(pages[i + 1] && { next: pages[i + 1]!.key }) }))
  const { removed, added } = joinPieces(deltas)
  const delta = { removed: unpackRRs(removed), added: unpackRRs(added) }
  const batches = deltas.map((piece) => piece.removed.length + piece.added.length)
  return { summary: step.summary, rrs: pages.flatMap(({ content }) => rrsOf(content)), delta, batches }
}

async function loaded<Job extends ImportJob>(job: Job, rrs: readonly RR[], cut = 1000): Promise<Job> {
  const bytes = new Uint8Array(Buffer.concat(rrs.map(encodeRR)))
  for (let at = 0; at < bytes.length; at += cut) await job.push(bytes.slice(at, at + cut))
  const report = await job.end()
  assert.deepEqual([report.count, report.rrCount], [0, rrs.length])
  return job
}

const text = (rrs: readonly Uint8Array[]) => rrs.map((stored) => formatRR(decodeRR(stored)))
const inOrder = (rrs: readonly Uint8Array[]) => rrs.toSorted((a, b) => compareStored(a, b))

/** What an import makes of RRs, the plain way: one of each, one TTL an RRset, in order. */
function normal(rrs: readonly RR[]): Uint8Array[] {
  const all = rrs.map(encodeRR)
  const kept = inOrder(all).filter((stored, i, list) => i === 0 || compareStored(list[i - 1]!, stored) !== 0)
  return kept.map((stored) => {
    const ttl = Math.min(...all.filter((other) => sameRRset(stored, other)).map((other) => ttlAt(other, ownerEnd(other, 0))))
    return encodeRR({ ...decodeRR(stored), ttl })
  })
}

const anyRR = fc
  .record({
    owner: fc.constantFrom('@', 'a', 'A', 'b', 'x.b', 'c', '*.c'),
    value: fc.constantFrom(
      ['A', '192.0.2.1'],
      ['A', '192.0.2.2'],
      ['TXT', 'x'],
      ['TXT', 'y'],
      ['MX', '1 A.example.'],
      ['MX', '1 a.example.'],
    ),
    ttl: fc.constantFrom(60, 60, 60, 5),
  })
  .map(({ owner, value, ttl }) => rrOf(owner, value[0] as 'A', value[1]!, ttl))
const anyContent = fc.array(anyRR, { maxLength: 25 }).map((rrs) => [ns, ...rrs])

test('however much a replacement removes in a row, no batch is larger than half a MiB and an RR', async () => {
  const hosts = Array.from({ length: 40_000 }, (_, i) => encodeRR(rrOf(`host-${String(i).padStart(6, '0')}`, 'A', '192.0.2.1')))
  const live = [encodeRR(ns), ...hosts]
  const most = 524_288 + 100
  for (const { name, data, removed } of [
    { name: 'all but the apex', data: [], removed: hosts.length },
    { name: 'all but the first and the last', data: ['host-000000', 'host-039999'], removed: hosts.length - 2 },
  ]) {
    const kept = data.map((owner) => rrOf(owner, 'A', '192.0.2.1'))
    const job = await loaded(new LocalJob(options()), [soa, ns, ...kept])
    const { summary, delta, batches } = await built(job, { deltaOctets: 10_000_000 }, live, 4_000)
    assert.deepEqual([summary.removedRRs, delta.removed.length], [removed, removed], name)
    assert.ok(batches.length > 2 && Math.max(...batches) <= most, `${name}: batches of ${batches.join(', ')} octets`)
  }
})

test('a replacement becomes the data, and the delta leads there from what was live', async () => {
  await fc.assert(
    fc.asyncProperty(anyContent, anyContent, fc.nat({ max: 4 }), async (before, data, perPart) => {
      const live = normal(before)
      const expected = normal(data)
      const job = await loaded(new LocalJob(options({ runOctets: 300 })), [soa, ...data])
      const { summary, rrs, delta } = await built(job, {}, live, 1 + perPart)
      assert.deepEqual(text(rrs), text(expected))
      const diff = diffSorted(live, expected)
      assert.deepEqual(text(delta.removed), text(unpackRRs(diff.removed)))
      assert.deepEqual(text(delta.added), text(unpackRRs(diff.added)))
      assert.deepEqual([summary.removedRRs, summary.addedRRs], [delta.removed.length, delta.added.length])
      const gone = live.filter((old, i) => !(i > 0 && sameRRset(live[i - 1]!, old)) && !expected.some((rr) => sameRRset(old, rr)))
      assert.equal(summary.removedRRsets, gone.length)
      const digest = new DigestSum(sha256)
      for (const stored of expected) digest.add(stored)
      assert.deepEqual(summary.contentDigest, digest.bytes())
      assert.equal(summary.rrCount, expected.length + 1)
      assert.deepEqual(text([summary.soa!]), [formatRR(soa)])
      await job.close()
    }),
  )
})

test('a merge keeps the RRsets that the data does not have, and the SOA where the data has none', async () => {
  await fc.assert(
    fc.asyncProperty(anyContent, fc.array(anyRR, { maxLength: 10 }), fc.nat({ max: 4 }), async (before, data, perPart) => {
      const live = normal(before)
      const replaced = live.filter((old) => !data.some((rr) => sameRRset(old, encodeRR(rr))))
      const expected = inOrder([...replaced, ...normal(data)])
      const job = await loaded(new LocalJob(options()), data)
      const { summary, rrs, delta } = await built(job, { mode: 'merge', soa: encodeRR(soa) }, live, 1 + perPart)
      assert.deepEqual(text(rrs), text(expected))
      const diff = diffSorted(live, expected)
      assert.deepEqual(text(delta.removed), text(unpackRRs(diff.removed)))
      assert.deepEqual(text(delta.added), text(unpackRRs(diff.added)))
      assert.deepEqual(text([summary.soa!]), [formatRR(soa)])
      await job.close()
    }),
  )
})

test('the old TTL is the largest of the RRsets that were touched', async () => {
  const live = normal([ns, rrOf('a', 'A', '192.0.2.1', 900), rrOf('b', 'A', '192.0.2.1', 500), rrOf('c', 'A', '192.0.2.1', 600)])
  const data = [soa, ns, rrOf('a', 'A', '192.0.2.1', 900), rrOf('b', 'A', '192.0.2.1', 500), rrOf('b', 'A', '192.0.2.2', 500)]
  const job = await loaded(new LocalJob(options()), data)
  const { summary } = await built(job, {}, live)
  assert.equal(summary.oldTtl, 600)
  assert.equal(summary.removedRRsets, 1)
  await job.close()
})

test('a delta larger than its limit is given up', async () => {
  const job = await loaded(new LocalJob(options()), [soa, ns, rrOf('a', 'A', '192.0.2.1')])
  const { summary, rrs } = await built(job, { deltaOctets: 20 }, normal([ns, rrOf('b', 'A', '192.0.2.1')]))
  assert.equal(summary.hasDelta, false)
  assert.deepEqual([rrs.length, summary.addedRRs, summary.removedRRs], [2, 1, 1])
  await job.close()
})

test('what breaks the rules of zones is told, and no page is built', async () => {
  const job = await loaded(new LocalJob(options()), [ns, rrOf('a', 'CNAME', 'b.example.'), rrOf('a', 'A', '192.0.2.1')])
  const { summary, rrs } = await built(job, {})
  assert.deepEqual(summary.violations.map(({ reason }) => reason).toSorted(), ['CNAME_CONFLICT', 'SOA_RULE'])
  assert.equal(rrs.length, 0)
  await job.close()
})

test('an RRset too large to be stored is a violation and no fault', async () => {
  const large = Array.from({ length: 3 }, (_, i): RR => {
    const rdata = new Uint8Array(30_000)
    rdata[29_999] = i
    return { owner: apex, type: 65_280, ttl: 60, rdata }
  })
  const job = await loaded(new LocalJob(options()), [soa, ns, ...large], 65_536)
  const { summary } = await built(job, {})
  assert.deepEqual(
    summary.violations.map(({ reason }) => reason),
    ['RRSET_TOO_LARGE'],
  )
  await job.close()
})

test('a thread does the same work as the job it runs, more than once, and leaves no file', async () => {
  const data = [soa, ns, ...Array.from({ length: 4000 }, (_, i) => rrOf(`h${(i * 7919) % 4000}`, 'TXT', `"value ${i}"`))]
  const own = options({ runOctets: 50_000 })
  let isClosed = false
  const thread = await loaded(new ThreadJob(own, () => (isClosed = true)), data, 10_000)
  assert.ok(readdirSync(own.folder).length > 5)
  const live = normal([ns, rrOf('h5', 'TXT', '"value 5"'), rrOf('h6', 'TXT', 'other')])
  const local = await loaded(new LocalJob(options()), data)
  const expected = await built(local, {}, live)
  for (let i = 0; i < 2; i++) {
    const got = await built(thread, {}, live)
    assert.deepEqual(text(got.rrs), text(expected.rrs))
    assert.deepEqual(got.summary, expected.summary)
  }
  assert.equal(await thread.take(4000), undefined)
  assert.equal((await thread.take(4002))?.length, 4002)
  await thread.close()
  await local.close()
  assert.ok(isClosed)
  assert.ok(!existsSync(own.folder))
})

test('a thread that is closed in the middle of its work ends every call', async () => {
  const own = options()
  const thread = new ThreadJob(own, () => {})
  await thread.push(new Uint8Array(100_000))
  const report = thread.end()
  const closed = thread.close()
  await assert.rejects(report, /the import was ended/)
  await closed
  await assert.rejects(thread.push(new Uint8Array(1)), /the import was ended/)
})

test('types of a page’s RRs never include the SOA', async () => {
  const job = await loaded(new LocalJob(options()), [ns, soa, rrOf('@', 'TXT', 'x'), soa])
  const { rrs, summary } = await built(job, {})
  assert.ok(rrs.every((stored) => typeAt(stored, ownerEnd(stored, 0)) !== TYPE.SOA))
  assert.equal(summary.violationCount, 0)
  await job.close()
})
