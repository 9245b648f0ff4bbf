/** A zone of a million records: it is answered, a change in it costs what a change costs, and it comes out as it went in. */
import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { hash } from 'node:crypto'
import { encodeRR, formatRR, parseName, TYPE, ZoneFileParser, type RR, type ZoneFileItem } from '@zonecast/dns'
import { ExportFormat, ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { DigestSum } from '@zonecast/zone'
import { afterAll, beforeAll, test } from 'vitest'
import { anonymousMiB, watchMemory } from '../../bench/lib/process-use.ts'
import { generatedZone } from '../lib/data.ts'
import { startSystem, type System } from '../lib/system.ts'
import { startProxy, type TcpProxy } from '../lib/tcp-proxy.ts'
import { answered, importZone, publishZone, putRRset } from '../lib/zones.ts'

const records = 1_000_000
const zone = 'large.example.'
const apps = ['zone-api', 'publisher', 'edge-1']
const mostMiB = 300

let system: System
let link: TcpProxy
let text: Buffer

beforeAll(async () => {
  system = await startSystem({
    publisherUrl: async (port) => {
      link = await startProxy(port)
      return link.url
    },
  })
  await publishZone(system, 'small.example.', generatedZone('small.example', 10))
  text = generatedZone('large.example', records)
})

afterAll(async () => {
  await system?.close()
  await link?.close()
})

const pids = () => apps.map((app) => system.app(app).ready.pid)

/** Octets that a process has written so far, to its files and its sockets. */
function writtenOctets(pid: number): number {
  const [, octets = ''] = /^wchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8')) ?? []
  return Number(octets)
}

async function addressOf(name: string): Promise<string | undefined> {
  const { answers } = await system.dig('edge-1', name)
  return answers[0] && formatRR(answers[0]).split(/\s/)[4]
}

test('it goes in and is answered, in memory that does not grow with it', async () => {
  const idle = pids().map(anonymousMiB)
  const memory = watchMemory(pids())
  const outcome = await importZone(system.client(ZoneService), { zone }, text)
  assert.deepEqual([outcome.rrCount, outcome.errors], [BigInt(records), []])
  await answered(system, outcome.changeId)
  const peaks = await memory.stop()
  assert.equal(await addressOf(`zz-last.${zone}`), '192.0.2.254')
  assert.equal(await addressOf(`www.${zone}`), '192.0.2.1')
  for (const [index, app] of apps.entries()) {
    const growth = peaks[index]! - idle[index]!
    assert.ok(growth < mostMiB, `${app} took ${growth.toFixed(0)} MiB for the zone`)
  }
})

test('it comes out as it went in, in pieces', async () => {
  const before = anonymousMiB(system.app('zone-api').ready.pid)
  const memory = watchMemory([system.app('zone-api').ready.pid])
  const exported = new Summary()
  let largest = 0
  for await (const { data } of system.client(ZoneService).exportZone({ zone, format: ExportFormat.ZONE_FILE })) {
    largest = Math.max(largest, data.length)
    exported.push(data)
  }
  const [peak = 0] = await memory.stop()
  const imported = new Summary()
  imported.push(text)
  assert.deepEqual(exported.end(), imported.end())
  assert.ok(largest <= 1 << 20, `a piece had ${largest} octets`)
  assert.ok(peak - before < mostMiB, `the zone API took ${(peak - before).toFixed(0)} MiB for the export`)
})

test('a change in it is answered, and touches what it changes', async () => {
  // As many as make little of a checkpoint that falls among them: SQLite then writes up to 4 MiB of what came before, once.
  const changes = 100
  await answered(system, await putRRset(system, zone, 'www', 'A', ['192.0.2.99']))
  const receivedBefore = link.received()
  const writtenBefore = pids().map(writtenOctets)
  for (let i = 1; i <= changes; i++) {
    await answered(system, await putRRset(system, zone, 'www', 'A', [`192.0.2.${i}`]))
    assert.equal(await addressOf(`www.${zone}`), `192.0.2.${i}`)
  }
  const received = (link.received() - receivedBefore) / changes
  assert.ok(received < 10_000, `${received} octets went to the edge for a change`)
  for (const [index, app] of apps.entries()) {
    const written = (writtenOctets(pids()[index]!) - writtenBefore[index]!) / changes
    assert.ok(written < 200_000, `${app} wrote ${written} octets for a change`)
  }
})

/** Count and digest of the RRs of a zone file that comes in pieces: equal for equal zones, in whatever order they stand. */
class Summary {
  readonly #parser = new ZoneFileParser({ origin: parseName(zone) })
  readonly #sum = new DigestSum((octets) => hash('sha256', octets, 'latin1' as 'binary'))
  #count = 0
  #soa: RR | undefined

  push(bytes: Uint8Array): void {
    this.#parser.push(bytes, (item) => this.#take(item))
  }

  end(): { readonly count: number; readonly digest: string; readonly soa: string } {
    this.#parser.end((item) => this.#take(item))
    const digest = Buffer.from(this.#sum.bytes()).toString('hex')
    return { count: this.#count, digest, soa: this.#soa ? formatRR(this.#soa) : '' }
  }

  #take(item: ZoneFileItem): void {
    assert.equal(item.kind, 'rr')
    if (item.kind !== 'rr') return
    this.#count++
    if (item.rr.type === TYPE.SOA) this.#soa = item.rr
    this.#sum.add(encodeRR(item.rr))
  }
}
