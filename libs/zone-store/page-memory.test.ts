/** Pages that are kept belong to the version they are read for, and are bounded. */
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'
import { encodeRR, parseName, parseRDATAText, TYPE } from '@zonecast/dns'
import { sha256, silentLogger } from '@zonecast/runtime'
import { compareStored, diffSorted, digestOf, packRRs, walkRRs, type PageRef, type VersionHeader } from '@zonecast/zone'
import { openZoneStore } from './index.ts'
import { PageMemory } from './page-memory.ts'

const zone = 'example.'
const apex = parseName(zone)
const shard = 3
const hosts = 3_000

const rr = (owner: string, type: number, text: string) =>
  encodeRR({ owner: parseName(owner, apex), type, ttl: 60, rdata: parseRDATAText(type, text, apex) })

/** Version N: host N and its neighbours further on have the address N. */
function contentOf(before: readonly Uint8Array[], version: number): Uint8Array[] {
  const changed = new Set([version, version * 37, version * 101].map((n) => n % hosts))
  return before.map((stored, index) => (changed.has(index) ? rr(`host-${index}`, TYPE.A, `192.0.2.${version % 250}`) : stored))
}

function headerOf(rrs: readonly Uint8Array[], version: bigint): VersionHeader {
  const soa = rr('example.', TYPE.SOA, `ns1 hostmaster ${version} 14400 3600 1209600 300`)
  const settings = new Uint8Array(0)
  const digest = digestOf(rrs, soa, settings, sha256)
  return {
    state: { generation: 1n, version, serial: Number(version), digest, deleted: false },
    soa,
    settings,
    settingsVersion: 1n,
    rrCount: rrs.length + 1,
    rrsetCount: rrs.length + 1,
    contentOctets: packRRs([...rrs]).length,
    placement: 'default',
  }
}

/** The same, and hosts come and go, so that pages are split and joined. */
function withGuests(before: readonly Uint8Array[], version: number): Uint8Array[] {
  const hostsOnly = contentOf(before.slice(0, hosts), version)
  const guests = Array.from({ length: (version % 3) * 200 }, (_, i) =>
    rr(`host-${version * 50}-${i}`, TYPE.TXT, '"a guest for one version"'),
  )
  return [...hostsOnly, ...guests]
}

for (const { name, pageMemoryOctets, nextOf } of [
  { name: 'room for the whole zone', pageMemoryOctets: 1 << 20, nextOf: contentOf },
  { name: 'room for a part of it', pageMemoryOctets: 40_000, nextOf: contentOf },
  { name: 'pages come and go', pageMemoryOctets: 1 << 20, nextOf: withGuests },
  { name: 'pages come and go, with room for a part of them', pageMemoryOctets: 40_000, nextOf: withGuests },
]) {
  test(`what is answered from is one version, whatever is written meanwhile: ${name}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zonecast-pages-'))
    const store = await openZoneStore({ folder, kind: 'edge-writer', log: silentLogger(), pageMemoryOctets })
    let rrs = Array.from({ length: hosts }, (_, i) => rr(`host-${i}`, TYPE.A, '192.0.2.1'))
    let header = headerOf(rrs.toSorted(compareStored), 1n)
    await store.apply({
      zone,
      shard,
      position: 1n,
      header,
      delta: { removed: new Uint8Array(0), added: packRRs(rrs.toSorted(compareStored)) },
    })
    const looks = new Set<bigint>()
    const look = (): void => {
      const { stored, pages } = store.answering(parseName('www.example.'))!
      const { state, soa, settings } = stored.header
      assert.deepEqual(digestOf(walkRRs(pages), soa, settings, sha256), state.digest, `version ${state.version}`)
      looks.add(state.version)
    }
    look()
    for (let version = 2; version <= 40; version++) {
      const next = nextOf(rrs, version)
      const base = header.state
      const delta = diffSorted(rrs.toSorted(compareStored), next.toSorted(compareStored))
      header = headerOf(next.toSorted(compareStored), BigInt(version))
      rrs = next
      const progress = { done: false }
      const written = store
        .apply({ zone, shard, position: BigInt(version), header, base, delta })
        .finally(() => (progress.done = true))
      while (!progress.done) {
        look()
        await new Promise(setImmediate)
      }
      await written
      look()
      look()
    }
    assert.equal(looks.size, 40)
    await store.close()
    rmSync(folder, { recursive: true })
  })
}

test('the oldest pages make room, and a page that was replaced is no loss', () => {
  const memory = new PageMemory(10_000)
  const slots: (PageRef | undefined)[] = []
  const page = (): PageRef => ({ key: Uint8Array.of(0), content: new Uint8Array(800) })
  for (let index = 0; index < 1_000; index++) {
    memory.keep(slots, index, page())
    assert.ok(memory.octets <= 10_000)
  }
  assert.deepEqual(
    slots.flatMap((kept, index) => (kept ? [index] : [])),
    Array.from({ length: 10 }, (_, i) => 990 + i),
  )
})

test('a page is let go of also where it has moved to another place', () => {
  const memory = new PageMemory(1_000)
  const slots: (PageRef | undefined)[] = []
  memory.keep(slots, 0, { key: Uint8Array.of(0), content: new Uint8Array(700) })
  slots.unshift(undefined)
  memory.keep(slots, 0, { key: Uint8Array.of(0, 1), content: new Uint8Array(700) })
  assert.equal(slots[1], undefined)
})
