/** A fault run: writers and observers at work on a real system while something happens to it, and the verdict. */
import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import { startSystem, type System, type SystemOptions } from '../lib/system.ts'
import { answered, putRRset } from '../lib/zones.ts'
import { judge, type Finding } from './checker.ts'
import { History } from './history.ts'
import { observe } from './observers.ts'
import { randomOf, type Random } from './seeds.ts'
import { write } from './writers.ts'
import { beginZone, noteFinals } from './zones.ts'

export interface FaultRunOptions {
  readonly seed: number
  readonly system?: SystemOptions
  /** Writers a zone. */
  readonly writers?: number
  readonly zones?: readonly string[]
  /** Serial of each zone's first version. */
  readonly serial?: number
  /** Called before the first zone is there. */
  readonly prepare?: (system: System) => Promise<void>
  /** Does what is to be done while changes go on. Everything must run again when it resolves. */
  readonly faults: (run: FaultRun) => Promise<void>
  /** A build that is broken may never come to rest: the verdict is then over what was seen. */
  readonly mayNotRest?: boolean
  /** Changes and looks that the run must come to, lest it show nothing. */
  readonly atLeast?: number
}

export interface FaultRun {
  readonly system: System
  readonly random: Random
  readonly history: History
  readonly edges: readonly string[]
  readonly zones: readonly string[]
  /** Lets changes go on for a while, from the run's own random numbers. */
  pass(fromMs: number, toMs: number): Promise<void>
  /** Lets changes go on until so many more are acknowledged. */
  progress(changes: number): Promise<void>
}

const longestRunMs = Number(process.env['ZONECAST_FAULT_RUN_SECONDS'] ?? 200) * 1_000

export const twoEdges = ['edge-1', 'edge-2'] as const

/** Runs and gives what the checker finds; rejects where the system does not come to rest. */
export async function faultRun(options: FaultRunOptions): Promise<{ readonly findings: Finding[]; readonly history: History }> {
  const { seed, zones = ['one.example.', 'two.example.'], writers = 3, serial = 1 } = options
  const random = randomOf(seed)
  const edges = options.system?.edges ?? twoEdges
  const zoneApis = options.system?.zoneApis ?? ['zone-api']
  const system = await startSystem({ ...options.system, edges })
  const over = { stop: false }
  // A run that hangs tells what the programs said last.
  const late = Promise.withResolvers<never>()
  const deadline = setTimeout(() => late.reject(new Error(`it is not over after ${longestRunMs} ms`)), longestRunMs)
  late.promise.catch(() => {})
  const history = new History()
  try {
    await options.prepare?.(system)
    for (const zone of zones) await beginZone(system, history, zone, serial)
    const names = zones.flatMap((zone) => Array.from({ length: writers }, (_, at) => ({ zone, name: `w${at}` })))
    const writing = names.map(({ zone, name }) => write({ system, zoneApis, history, random, zone, name, over, pauseMs: 40 }))
    const observing = edges.map((edge) => observe({ system, history, random, edge, zones, over }))
    const working = Promise.all([...writing, ...observing])
    const run = runOf(system, random, history, edges, zones)
    // Whatever fails first ends the run. A run of too few changes and looks would find nothing in any system.
    const { atLeast = 10 } = options
    const enough = Promise.all([history.acknowledged(atLeast), ...edges.map((edge) => history.looked(edge, atLeast))])
    const shown = options.faults(run).then(() => enough)
    await Promise.race([shown, late.promise, working.then(() => assert.fail('the writers ended early'))])
    over.stop = true
    await Promise.race([working, late.promise])
    for (const zone of zones) await Promise.race([comeToRest(options, system, history, zone, edges), late.promise])
  } catch (error) {
    over.stop = true
    const said = lastWords(system, [...zoneApis, ...(options.system?.publishers ?? ['publisher']), ...edges])
    const ending = await system.close().catch(String)
    throw new Error(`${String(error)}\n${ending ?? ''}\n${said}`, { cause: error })
  } finally {
    clearTimeout(deadline)
    over.stop = true
  }
  await system.close()
  return { findings: judge(history), history }
}

/** The last change of a zone is answered everywhere: then all is level. */
async function comeToRest(
  { mayNotRest = false }: FaultRunOptions,
  system: System,
  history: History,
  zone: string,
  edges: readonly string[],
): Promise<void> {
  // It is a change like any other, of nobody's slot.
  history.begin(zone, 'end', 1)
  const changeId = await putRRset(system, zone, 'end', 'TXT', ['"level"'])
  await answered(system, changeId, mayNotRest ? 5_000 : undefined).catch((error: unknown) => {
    if (!mayNotRest) throw error
  })
  await noteFinals(system, history, zone, edges)
}

/** Runs, and asserts that there is nothing to find. */
export async function cleanRun(options: FaultRunOptions): Promise<History> {
  const { findings, history } = await faultRun(options)
  assert.ok(history.answers.length > 0, 'no watch has said that a change is answered')
  assert.deepEqual(findings.slice(0, 10), [], `seed ${options.seed}: ${findings.length} findings`)
  return history
}

function runOf(system: System, random: Random, history: History, edges: readonly string[], zones: readonly string[]): FaultRun {
  return {
    system,
    random,
    history,
    edges,
    zones,
    pass: (fromMs, toMs) => sleep(fromMs + (toMs - fromMs) * random()),
    progress: (changes) => history.acknowledged(changes),
  }
}

/** The end of each program's log. */
function lastWords(system: System, names: readonly string[]): string {
  return names
    .map((name) => {
      try {
        return `--- ${name}\n${system.app(name).log.slice(-12).join('\n')}`
      } catch {
        return `--- ${name} is stopped`
      }
    })
    .join('\n')
}
