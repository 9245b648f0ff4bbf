/** What the suite builds zones from, and how it looks whether a zone is whole. */
import { compareStored, digestOf, equalStates, firstKey, type PageRef, rrsOf, scanPage, type VersionHeader } from '@zonecast/zone'
import { encodeRR, type Name, ownerEnd, parseName, parseRDATAText, TYPE, typeFromText } from '@zonecast/dns'
import type { Refusal } from '@zonecast/rpc'
import type { ChangeOp } from '@zonecast/zone'
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { sha256 } from '@zonecast/runtime/hashes'
import {
  type ApplyInput,
  type CommitEvent,
  type ContentInput,
  type CreateZoneInput,
  defaultSettings,
  type WriteContext,
  type ZoneDatabase,
} from '../zone-database.ts'

export const apex = parseName('example.com.')
export const zone = 'example.com.'

export function context(request: { requestId?: string; body?: string; principal?: string } = {}): WriteContext {
  const { requestId = '', body = '', principal = 'alice' } = request
  const bodyHash = new Uint8Array(createHash('sha256').update(body).digest())
  return { principal, reason: 'a test', requestId, bodyHash, traceparent: '' }
}

/** A stored RR in presentation format. */
export function rr(owner: string, type: string, value: string, { ttl = 300, origin = apex } = {}): Uint8Array {
  const number = typeFromText(type)!
  return encodeRR({ owner: nameIn(owner, origin), type: number, ttl, rdata: parseRDATAText(number, value, origin) })
}

function nameIn(text: string, origin: Name): Name {
  return text === '@' ? origin : parseName(text, origin)
}

export function soa(serial = 1, origin = apex): Uint8Array {
  return rr('@', 'SOA', `ns1 hostmaster ${serial} 3600 600 86400 300`, { origin })
}

export function put(owner: string, type: string, ...values: string[]): ChangeOp {
  const number = typeFromText(type)!
  const rdatas = values.map((value) => parseRDATAText(number, value, apex))
  return { kind: 'put', field: 'changes[0].put', owner: nameIn(owner, apex), type: number, ttl: 60, rdatas }
}

export function remove(owner: string, type: string): ChangeOp {
  return { kind: 'delete', field: 'changes[0].delete', owner: nameIn(owner, apex), type: typeFromText(type)! }
}

export function newZone(input: Partial<CreateZoneInput> = {}): CreateZoneInput {
  const origin = input.apex ?? apex
  const rrs = [rr('@', 'NS', 'ns1', { origin }), rr('ns1', 'A', '192.0.2.1', { origin })]
  return { ...context(), apex: origin, settings: defaultSettings, soa: soa(1, origin), rrs, ...input }
}

/** The least that a zone has. */
export function minimal(name: string) {
  const origin = parseName(name)
  return { soa: soa(1, origin), rrs: [rr('@', 'NS', 'ns.example.net.', { origin })] }
}

export function changeSet(ops: readonly ChangeOp[], input: Partial<ApplyInput> = {}): ApplyInput {
  return { ...context(), zone, ops, expectedVersion: 0n, expectedGeneration: 0n, dryRun: false, force: false, ...input }
}

/** A content input over RRs, with the numbers that an import would compute. */
export function content(rrs: readonly Uint8Array[], input: Partial<ContentInput> = {}): ContentInput & { rrs: Uint8Array[] } {
  const own = input.soa ?? soa(100)
  const sorted = rrs.toSorted((a, b) => compareStored(a, b))
  const whole = digestOf(sorted, own, new Uint8Array(), sha256)
  const counted = countsOf(sorted, own)
  return {
    ...context(),
    apex,
    soa: own,
    contentDigest: withoutSoa(whole, own),
    ...counted,
    addedRRs: 0,
    removedRRs: 0,
    removedRRsets: 0,
    oldTtl: 0,
    warnings: [],
    force: false,
    dryRun: false,
    overwrite: false,
    expectedVersion: 0n,
    ...input,
    rrs: sorted,
  }
}

function withoutSoa(digest: Uint8Array, own: Uint8Array): Uint8Array {
  const value = BigInt(`0x${Buffer.from(digest).toString('hex')}`)
  const term = (octets: Uint8Array) => BigInt(`0x${createHash('sha256').update(octets).digest('hex')}`)
  const rest = BigInt.asUintN(256, value - term(own) - term(new Uint8Array([0xff])))
  return new Uint8Array(Buffer.from(rest.toString(16).padStart(64, '0'), 'hex'))
}

function countsOf(rrs: readonly Uint8Array[], own: Uint8Array) {
  const rrsets = new Set(
    rrs.map((stored) =>
      Buffer.from(stored.subarray(0, ownerEnd(stored, 0) + 2))
        .toString('hex')
        .toLowerCase(),
    ),
  )
  const contentOctets = rrs.reduce((octets, stored) => octets + stored.length, own.length)
  return { rrCount: rrs.length + 1, rrsetCount: rrsets.size + 1, contentOctets }
}

/** Reads the zone page by page and checks that pages, counts and digest are those of its head. */
export async function checkWhole(database: ZoneDatabase, name = zone): Promise<VersionHeader> {
  const pages: PageRef[] = []
  let key = firstKey(0)
  for (;;) {
    const { header, pages: some, last, nextKey } = await database.readRange({ zone: name, fromKey: key, maxOctets: 20_000 })
    pages.push(...some)
    if (!last) {
      key = nextKey!
      continue
    }
    for (const [index, page] of pages.entries()) {
      const next = pages[index + 1]?.key
      scanPage(page.content, { key: page.key, next: next ?? new Uint8Array([2]) })
    }
    const rrs = pages.flatMap(({ content: page }) => rrsOf(page))
    assert.deepEqual(
      { digest: header.state.digest, ...countsOf(rrs, header.soa) },
      {
        digest: digestOf(rrs, header.soa, header.settings, sha256),
        rrCount: header.rrCount,
        rrsetCount: header.rrsetCount,
        contentOctets: header.contentOctets,
      },
    )
    const head = await database.headOf(name)
    assert.ok(head && equalStates(head.state, header.state))
    return header
  }
}

/** The values of an RRset, sorted; none when it does not exist. */
export async function valuesOf(database: ZoneDatabase, owner: string, type = 'A'): Promise<Uint8Array[]> {
  const query = { zone, owner: nameIn(owner, apex), type: typeFromText(type)!, limit: 1, maxOctets: 1 << 20 }
  const { rrsets } = await database.listRRsets(query)
  return [...(rrsets[0]?.rdatas ?? [])]
}

export function address(text: string): Uint8Array {
  return parseRDATAText(TYPE.A, text)
}

/** Asserts a refusal that carries the reason anywhere in its details or message. */
export async function refused(promise: Promise<unknown>, reason: string): Promise<void> {
  await assert.rejects(promise, (error: Refusal) => {
    assert.equal(error.name, 'Refusal', error.stack)
    const text = JSON.stringify([error.message, error.details.map((detail) => detail.value)])
    assert.ok(text.includes(reason), `${text} does not say ${reason}`)
    return true
  })
}

/** Gathers commits, with how many answers had been given when each came. */
export function gatherEvents(database: ZoneDatabase): CommitEvent[] {
  const events: CommitEvent[] = []
  database.onCommit((committed) => events.push(...committed))
  return events
}
