/** How many questions a second one core answers, and what each costs: ours beside BIND, Knot, NSD and CoreDNS. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeRR, parseName, typeFromText, type Message } from '@zonecast/dns'
import { dnsQuery, type Address } from '@zonecast/dns-net'
import { startSystem } from '../../conformance/lib/system.ts'
import { publishZone } from '../../conformance/lib/zones.ts'
import { tableText } from '../lib/figures.ts'
import { describeMachine, machineText } from '../lib/machine.ts'
import { cpuMs } from '../lib/process-use.ts'
import { isQuick, rounds } from '../lib/rounds.ts'
import { ours as ourName, rowsOf, saveResults, type Measure, type Row } from '../lib/results.ts'
import { zoneText } from '../lib/zone-text.ts'
import { dnsperf, faultOf } from './dnsperf.ts'
import { peerNames, startPeer, type Peer } from './peers.ts'
import { questionSets, type QuestionSet } from './questions.ts'

const records = Number(process.env['BENCH_RECORDS'] || (isQuick ? 20_000 : 100_000))
const seconds = Number(process.env['BENCH_SECONDS'] || (isQuick ? 1 : 4))
const chosen = (process.env['BENCH_SERVERS'] || [ourName, ...peerNames].join()).split(',')
const zone = 'qps.example.'
const serverCore = 0
const askerCore = 1
const warmUpSeconds = 1
/** Questions of each set that every server must answer as ours does, before anything is measured. */
const compared = 200

interface Server {
  readonly name: string
  readonly pid: number
  readonly address: Address
}

export async function benchDnsQps(): Promise<void> {
  const machine = describeMachine()
  console.log(`dns-qps: one core for the server, ${records} records, ${rounds} rounds of ${seconds} s\n${machineText(machine)}`)
  const prefix = { 'edge-1': ['taskset', '-c', String(serverCore)] }
  const system = await startSystem({ prefix, env: { 'edge-1': { ZONECAST_DNS_WORKERS: '1' } } })
  const peers: Peer[] = []
  try {
    const text = zoneText(zone, records)
    const folder = join(system.folder, 'dns-qps')
    const file = join(folder, 'zone')
    mkdirSync(folder)
    writeFileSync(file, text)
    await publishZone(system, zone, text)
    const ours: Server = { name: ourName, pid: system.app('edge-1').ready.pid, address: system.dnsOf('edge-1') }
    for (const name of peerNames.filter((one) => chosen.includes(one))) {
      peers.push(await startPeer(name, { name: zone, file }, folder, serverCore))
    }
    const servers = [
      ours,
      ...peers.map(({ version, port, child }) => ({ name: version, pid: child.pid!, address: { host: '127.0.0.1', port } })),
    ]
    for (const peer of peers) await untilAnswering(peer)
    const sets = questionSets(zone, text)
    for (const set of sets) writeFileSync(join(folder, set.name), `${set.lines.join('\n')}\n`)
    for (const server of servers.slice(1)) for (const set of sets) await compare(ours, server, set)
    const rows = rowsOf(await measureAll(servers, sets, folder))
    report(rows)
    const results = { records, rounds, seconds, rows }
    console.log(`\nwritten to ${saveResults('dns-qps', machine, results)}`)
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()))
    await system.close()
  }
}

/** A server that has read its zone answers for it. */
async function untilAnswering({ name, port, child, log }: Peer): Promise<void> {
  const server = { host: '127.0.0.1', port }
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${name} ended:\n${log()}`)
    const asked = { server, name: parseName(`zz-last.${zone}`), type: typeFromText('A')!, timeoutMilliseconds: 500 }
    const answer = await dnsQuery(asked).catch(() => undefined)
    if (answer?.answers.length === 1) return
    await sleep(50)
  }
}

/** Servers differ in the additional section and in the order of RRs; code and answer must be the same. */
async function compare(ours: Server, other: Server, { lines }: QuestionSet): Promise<void> {
  for (const line of lines.slice(0, compared)) {
    const [name = '', type = ''] = line.split(' ')
    const asked = { name: parseName(name), type: typeFromText(type)! }
    const [a, b] = await Promise.all([ours, other].map(({ address }) => dnsQuery({ server: address, ...asked })))
    if (said(a!) !== said(b!)) throw new Error(`${line}: ${other.name} says\n${said(b!)}\nand ours\n${said(a!)}`)
  }
}

function said({ rcode, answers }: Message): string {
  return [rcode, ...answers.map((rr) => Buffer.from(encodeRR(rr)).toString('latin1')).toSorted()].join('\n')
}

async function measureAll(servers: readonly Server[], sets: readonly QuestionSet[], folder: string): Promise<Measure[]> {
  const measures: Measure[] = []
  for (let turn = 0; turn < rounds; turn++) {
    for (const set of sets) {
      for (const server of servers.filter(({ name }) => name !== ourName || chosen.includes(name))) {
        measures.push(...(await measure(server, set, join(folder, set.name))))
      }
    }
  }
  return measures
}

async function measure({ name, pid, address }: Server, set: QuestionSet, file: string): Promise<Measure[]> {
  const load = { server: address, file, core: askerCore }
  await dnsperf({ ...load, seconds: warmUpSeconds })
  const before = familyCpuMs(pid)
  const loaded = await dnsperf({ ...load, seconds })
  const spent = familyCpuMs(pid) - before
  const fault = faultOf(loaded, set.missing)
  if (fault !== undefined) throw new Error(`${name}, ${set.name} set: ${fault}`)
  const what = { group: `${set.name} questions`, system: name, variant: '' }
  return [
    { ...what, figure: 'answers a second', unit: '/s', better: 'higher', value: loaded.perSecond },
    { ...what, figure: 'CPU per answer', unit: 'µs', better: 'lower', value: (spent * 1000) / loaded.completed },
  ]
}

/** Time on a core of a process and of those it started. */
function familyCpuMs(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  return children.reduce((sum, child) => sum + familyCpuMs(Number(child)), cpuMs(pid))
}

function report(rows: readonly Row[]): void {
  const cells = rows.map(({ group, figure, unit, system, best, spread, ratio, ratioSpread }) => [
    group,
    `${figure}, ${unit}`,
    system,
    best,
    spread.join('–'),
    ratio ?? '',
    ratioSpread?.join('–') ?? '',
  ])
  console.log(`\n${tableText(['questions', 'figure', 'server', 'best', 'spread', 'ours is better ×', 'spread'], cells)}`)
}
