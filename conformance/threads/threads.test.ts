/** With several threads on one port, what is called answered is answered to everybody, however often it was asked for before. */
import { strict as assert } from 'node:assert'
import { afterEach, test } from 'vitest'
import { RCODE, type Message } from '@zonecast/dns'
import { metricsText } from '../lib/metric.ts'
import { startSystem, type System } from '../lib/system.ts'
import { answered, publishZone, putRRset, smallZone } from '../lib/zones.ts'

const threads = 3
let system: System
afterEach(() => system?.close())

/** Each question has a socket of its own, and so a thread that the kernel chooses anew; some come over TCP. */
async function askAll(name: string): Promise<(string | number)[]> {
  const asks = Array.from({ length: 16 }, (_, i) => system.dig('edge-1', name, 'A', { tcp: i % 8 === 0, dnssecOk: i % 2 === 0 }))
  return (await Promise.all(asks)).map(said)
}

const said = ({ rcode, answers }: Message) => answers[0]?.rdata.join('.') ?? rcode

test('after each of many changes no thread gives an answer of before', async () => {
  system = await startSystem({ env: { 'edge-1': { ZONECAST_DNS_WORKERS: String(threads) } } })
  await publishZone(system, 'example.', smallZone)
  // Asked often enough that every thread keeps the answer.
  for (let round = 0; round < 4; round++) assert.deepEqual(new Set(await askAll('moving.example.')), new Set([RCODE.NXDOMAIN]))
  for (let i = 1; i <= 12; i++) {
    await answered(system, await putRRset(system, 'example.', 'moving', 'A', [`192.0.2.${i}`]))
    for (let round = 0; round < 3; round++) assert.deepEqual(new Set(await askAll('moving.example.')), new Set([`192.0.2.${i}`]))
  }
  await publishZone(system, 'moving.example.', smallZone)
  assert.deepEqual(new Set(await askAll('moving.example.')), new Set([RCODE.NOERROR]), 'the name belongs to a new zone now')
  const metrics = await metricsText(system, 'edge-1')
  const [, counted] = /zonecast_dns_queries_total\{rcode="NOERROR",transport="udp".*\} (\d+)/.exec(metrics) ?? []
  assert.ok(Number(counted) > 500, 'the queries of all threads are counted')
})
