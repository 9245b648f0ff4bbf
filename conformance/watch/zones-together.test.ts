/** A change over several zones is watched as one, to the answer of each zone at each edge. */
import { strict as assert } from 'node:assert'
import { formatRR } from '@zonecast/dns'
import { ChangeService, ChangeStage } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { afterEach, test } from 'vitest'
import { startSystem, type System } from '../lib/system.ts'
import { answered, publishZone } from '../lib/zones.ts'

const zoneFile = `@ 60 IN SOA ns.example.net. hostmaster 1 14400 3600 1209600 300
@ 60 IN NS ns.example.net.
`
const forward = 'together.example.'
const reverse = '2.0.192.in-addr.arpa.'
let system: System
afterEach(() => system?.close())

const put = (name: string, type: string, value: string) => ({
  operation: { case: 'put' as const, value: { name, type, ttl: 60, values: [value] } },
})

async function values(edge: string, name: string, type: string): Promise<string[]> {
  const { answers } = await system.dig(edge, name, type)
  return answers.map((rr) => formatRR(rr).split(/\s/)[4] as string)
}

test('an address and its PTR are one change, answered when both edges answer both zones', async () => {
  system = await startSystem({ edges: ['edge-1', 'edge-2'] })
  for (const zone of [forward, reverse]) await publishZone(system, zone, zoneFile)
  const records = system.client(RecordService)
  for (let host = 1; host <= 20; host++) {
    const { changeId, effects } = await records.applyChangeSets({
      sets: [
        { zone: forward, changes: [put(`host${host}`, 'A', `192.0.2.${host}`)] },
        { zone: reverse, changes: [put(`${host}`, 'PTR', `host${host}.${forward}`)] },
      ],
    })
    assert.deepEqual(
      effects.map(({ zone }) => zone),
      [forward, reverse],
    )
    const last = await answered(system, changeId)
    assert.equal(last.stage, ChangeStage.ANSWERED)
    for (const edge of ['edge-1', 'edge-2']) {
      assert.deepEqual(await values(edge, `host${host}.${forward}`, 'A'), [`192.0.2.${host}`])
      assert.deepEqual(await values(edge, `${host}.${reverse}`, 'PTR'), [`host${host}.${forward}`])
    }
  }
})

test('while an edge is away the change is not answered there, and what one zone refuses reaches no edge', async () => {
  system = await startSystem({ edges: ['edge-1', 'edge-2'] })
  for (const zone of [forward, reverse]) await publishZone(system, zone, zoneFile)
  const records = system.client(RecordService)
  await system.stop('edge-2')
  const sets = [
    { zone: forward, changes: [put('www', 'A', '192.0.2.1')] },
    { zone: reverse, changes: [put('1', 'PTR', `www.${forward}`)] },
  ]
  const { changeId } = await records.applyChangeSets({ sets })
  for await (const { edges, done } of system.client(ChangeService).watchChange({ changeId }, { timeoutMs: 60_000 })) {
    assert.equal(done, false)
    if (edges.some(({ edgeId, stage }) => edgeId === 'edge-1' && stage === ChangeStage.ANSWERED)) break
  }
  const broken = [
    { zone: forward, changes: [put('never', 'A', '192.0.2.2')] },
    { zone: reverse, changes: [put('@', 'CNAME', 'x')] },
  ]
  await assert.rejects(records.applyChangeSets({ sets: broken }), /CNAME/)
  await system.start('edge-2')
  await answered(system, changeId)
  for (const edge of ['edge-1', 'edge-2']) {
    assert.deepEqual(await values(edge, `1.${reverse}`, 'PTR'), [`www.${forward}`])
    assert.deepEqual(await values(edge, `never.${forward}`, 'A'), [])
  }
})
