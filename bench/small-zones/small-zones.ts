/** Ten thousand small zones created until all are answered: ours by one import, BIND and Knot by a catalog zone. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { startSystem } from '../../conformance/lib/system.ts'
import { importMessages, publishZone } from '../../conformance/lib/zones.ts'
import { sweepAnswers } from '../lib/answer-sweep.ts'
import { describeMachine, machineText } from '../lib/machine.ts'
import { peerKinds } from '../lib/peers/index.ts'
import { monotonicMs } from '../lib/poller.ts'
import { type Measure, ours, rowsOf, saveResults } from '../lib/results.ts'
import { isQuick, rounds, spaced } from '../lib/rounds.ts'
import { rowsText } from '../lib/rows-text.ts'
import { type SmallZone, startBindCatalog, startKnotCatalog } from './catalog.ts'

const count = Number(process.env['BENCH_ZONES'] || (isQuick ? 200 : 10_000))
const timeoutMs = 180_000

interface Taken {
  readonly acknowledgedMs: number
  readonly answeredMs: number
}

const starters = { BIND: startBindCatalog, Knot: startKnotCatalog }

export async function benchSmallZones(): Promise<void> {
  const machine = describeMachine()
  console.log(`small-zones: ${spaced(count)} zones of five records, ${rounds} rounds\n${machineText(machine)}`)
  const zones = Array.from({ length: count }, (_, i) => smallZone(i))
  const measures: Measure[] = []
  for (let turn = 0; turn < rounds; turn++) {
    measures.push(...figuresOf(ours, 'defaults', await measureOurs(zones)))
    for (const kind of ['BIND', 'Knot'] as const) {
      if (!peerKinds.includes(kind)) continue
      const { system, taken } = await measurePeer(starters[kind], zones)
      measures.push(...figuresOf(system, 'tuned', taken))
    }
    console.log(`round ${turn + 1} of ${rounds} is done`)
  }
  const rows = rowsOf(measures)
  console.log(`\n${rowsText(rows)}\n\nwritten to ${saveResults('small-zones', machine, { rows })}`)
}

function smallZone(i: number): SmallZone {
  const name = `z${i}.example.`
  const text = `$ORIGIN ${name}
$TTL 300
@ IN SOA ns1 hostmaster 1 3600 600 1209600 300
@ IN NS ns1
ns1 IN A 192.0.2.53
www IN A ${addressOf(i)}
@ IN MX 10 www
`
  return { name, text }
}

const addressOf = (i: number): string => `10.${(i >>> 16) & 255}.${(i >>> 8) & 255}.${i & 255}`
const wantedOf = ({ name }: SmallZone, i: number) => ({ name: `www.${name}`, type: 'A', value: addressOf(i) })

async function measureOurs(zones: readonly SmallZone[]): Promise<Taken> {
  const system = await startSystem()
  try {
    // What runs for the first time is compiled then.
    const warmUp = 'warm-up.example.'
    await publishZone(system, warmUp, smallZone(0).text.replace('z0.example.', warmUp))
    async function* messages() {
      for (const { name, text } of zones) yield* importMessages({ zone: name }, Buffer.from(text))
    }
    const started = monotonicMs()
    const imported = system
      .client(ZoneService)
      .importZone(messages(), { timeoutMs })
      .then(({ outcomes }) => {
        const refused = outcomes.find(({ effect }) => effect === undefined)
        if (refused) throw new Error(`${refused.zone} was refused: ${refused.errors[0]?.message}`)
        if (outcomes.length !== zones.length) throw new Error(`${outcomes.length} outcomes for ${zones.length} zones`)
        return monotonicMs()
      })
    const [acknowledged, doneAt] = await Promise.all([
      imported,
      sweepAnswers(system.dnsOf('edge-1'), zones.map(wantedOf), timeoutMs),
    ])
    return { acknowledgedMs: acknowledged - started, answeredMs: doneAt - started }
  } finally {
    await system.close()
  }
}

async function measurePeer(
  start: typeof startBindCatalog,
  zones: readonly SmallZone[],
): Promise<{ system: string; taken: Taken }> {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-bench-'))
  const pair = await start(folder, zones)
  try {
    const started = monotonicMs()
    const created = pair.create().then(() => monotonicMs())
    const swept = sweepAnswers(pair.secondary.address, zones.map(wantedOf), timeoutMs)
    const [acknowledged, doneAt] = await Promise.all([created, swept])
    return { system: pair.system, taken: { acknowledgedMs: acknowledged - started, answeredMs: doneAt - started } }
  } catch (error) {
    throw new Error(`${pair.system}:\n${pair.servers.map((server) => server.log()).join('\n')}`, { cause: error })
  } finally {
    await Promise.all(pair.servers.map((server) => server.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}

function figuresOf(system: string, variant: string, { acknowledgedMs, answeredMs }: Taken): Measure[] {
  const common = { group: `${spaced(count)} zones`, system, variant, unit: 's', better: 'lower' } as const
  return [
    { ...common, figure: 'until all are answered', value: answeredMs / 1000 },
    { ...common, figure: 'until all are acknowledged', value: acknowledgedMs / 1000 },
  ]
}
