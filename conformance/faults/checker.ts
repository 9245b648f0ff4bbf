/** Judges a history: nothing lost, torn, made up, going back, reused, diverged or left unserved. */
import { asSerial, isAfter } from '@zonecast/dns'
import type { Change, Final, History, Look, Told } from './history.ts'

export type FindingKind =
  | 'lost'
  | 'torn'
  | 'phantom'
  | 'version backwards'
  | 'serial backwards'
  | 'serial reused'
  | 'diverged'
  | 'unserved'

export interface Finding {
  readonly kind: FindingKind
  readonly zone: string
  readonly detail: string
}

/** Everything that is wrong with a history; nothing for a good one. */
export function judge(history: History): Finding[] {
  const zones = new Set([...history.initial.keys(), ...history.changes.map(({ zone }) => zone)])
  return [...zones].flatMap((zone) => {
    const told = new ZoneTold(zone, history)
    return [
      ...checkAcknowledged(told),
      ...told.looks.flatMap((look) => checkLook(told, look)),
      ...checkOrder(told),
      ...checkAnswered(told, history),
      ...checkFinals(told, history.finals),
      ...history.unserved
        .filter((one) => one.zone === zone)
        .map(({ edge, detail }) => finding('unserved', zone, `${edge}: ${detail}`)),
    ]
  })
}

function finding(kind: FindingKind, zone: string, detail: string): Finding {
  return { kind, zone, detail }
}

/** What is known of one zone, arranged for questions. */
class ZoneTold {
  readonly zone: string
  readonly initial: Told | undefined
  readonly changes: readonly Change[]
  /** Acknowledged changes in version order. */
  readonly acknowledged: readonly (Change & { told: Told })[]
  readonly looks: readonly Look[]
  readonly #bySlot = new Map<string, Change[]>()
  readonly #bySerial = new Map<number, Told>()

  constructor(zone: string, history: History) {
    this.zone = zone
    this.initial = history.initial.get(zone)
    this.changes = history.changes.filter((change) => change.zone === zone)
    this.acknowledged = this.changes
      .filter((change): change is Change & { told: Told } => change.outcome === 'acknowledged' && change.told !== undefined)
      .toSorted((a, b) => compareTold(a.told, b.told))
    this.looks = history.looks.filter((look) => look.zone === zone).toSorted((a, b) => a.began - b.began)
    for (const change of this.changes) this.#bySlot.set(change.slot, [...(this.#bySlot.get(change.slot) ?? []), change])
    for (const { told } of [...(this.initial ? [{ told: this.initial }] : []), ...this.acknowledged]) {
      this.#bySerial.set(told.serial, told)
    }
  }

  ofSlot(slot: string): readonly Change[] {
    return this.#bySlot.get(slot) ?? []
  }

  /** The version that a look saw; by its serial where it does not say. */
  versionOf(look: Look): Pick<Told, 'generation' | 'version'> | undefined {
    return look.version ?? this.#bySerial.get(look.serial)
  }
}

type Version = Pick<Told, 'generation' | 'version'>

function compareTold(a: Version, b: Version): number {
  const [x, y] = a.generation === b.generation ? [a.version, b.version] : [a.generation, b.generation]
  return x < y ? -1 : x > y ? 1 : 0
}

/** Versions and serials of what was acknowledged: each its own, and only forward. */
function checkAcknowledged({ zone, initial, acknowledged }: ZoneTold): Finding[] {
  const findings: Finding[] = []
  const states = [...(initial ? [{ told: initial, name: 'the first content' }] : []), ...acknowledged.map(named)]
  const bySerial = new Map<number, string>()
  for (const [at, { told, name }] of states.entries()) {
    const other = bySerial.get(told.serial)
    if (other !== undefined) findings.push(finding('serial reused', zone, `serial ${told.serial} is of ${other} and of ${name}`))
    bySerial.set(told.serial, name)
    const before = states[at - 1]
    if (before === undefined || other !== undefined) continue
    if (!isAfter(asSerial(told.serial), asSerial(before.told.serial))) {
      const detail = `${name} has serial ${told.serial} after ${before.told.serial} of ${before.name}`
      findings.push(finding('serial backwards', zone, detail))
    }
  }
  return findings
}

function named(change: Change & { told: Told }) {
  return { told: change.told, name: `${change.slot}=${change.value} (version ${change.told.version})` }
}

/** One look by itself: both names of a slot level, and each value one that may stand there at that version. */
function checkLook(told: ZoneTold, look: Look): Finding[] {
  const findings: Finding[] = []
  const where = `${look.edge} at serial ${look.serial}`
  const version = told.versionOf(look)
  for (const [slot, [left, right]] of look.slots) {
    if (left === right) findings.push(...checkValue(told, slot, left, version, where))
    else findings.push(finding('torn', told.zone, `${where}: ${slot} is ${left} and ${right}`))
  }
  return findings
}

function checkValue(told: ZoneTold, slot: string, value: number, version: Version | undefined, where: string): Finding[] {
  const changes = told.ofSlot(slot)
  const change = changes.find((one) => one.value === value)
  if (value !== 0 && (change === undefined || change.outcome === 'refused')) {
    const why = change ? 'which was refused' : 'which nobody wrote'
    return [finding('phantom', told.zone, `${where}: ${slot} is ${value}, ${why}`)]
  }
  if (version === undefined) return []
  if (change?.told && compareTold(change.told, version) > 0) {
    const detail = `${where}: version ${version.version} shows ${slot}=${value} of version ${change.told.version}`
    return [finding('phantom', told.zone, detail)]
  }
  const newest = changes.findLast((one) => one.told !== undefined && compareTold(one.told, version) <= 0)
  if (newest === undefined || newest.value <= value) return []
  return [
    finding('lost', told.zone, `${where}: ${slot} is ${value}, but version ${newest.told!.version} made it ${newest.value}`),
  ]
}

/** Looks of one edge that came one after the other. */
function checkOrder(told: ZoneTold): Finding[] {
  const findings: Finding[] = []
  for (const [edge, looks] of Map.groupBy(told.looks, (look) => look.edge)) {
    let before: Look | undefined
    const byEnd = looks.toSorted((a, b) => a.ended - b.ended)
    let next = 0
    for (const look of looks) {
      // The newest of what had ended when this one began.
      for (; next < byEnd.length && byEnd[next]!.ended < look.began; next++) before = newerOf(told, before, byEnd[next]!)
      if (before === undefined) continue
      findings.push(...checkPair(told, edge, before, look))
    }
  }
  return findings
}

function newerOf(told: ZoneTold, a: Look | undefined, b: Look): Look {
  if (a === undefined) return b
  const [x, y] = [told.versionOf(a), told.versionOf(b)]
  if (x && y) return compareTold(x, y) >= 0 ? a : b
  return isAfter(asSerial(a.serial), asSerial(b.serial)) ? a : b
}

function checkPair(told: ZoneTold, edge: string, before: Look, look: Look): Finding[] {
  const [had, has] = [told.versionOf(before), told.versionOf(look)]
  if (had && has && compareTold(had, has) > 0) {
    return [finding('version backwards', told.zone, `${edge}: from version ${had.version} to ${has.version}`)]
  }
  if (look.serial !== before.serial && !isAfter(asSerial(look.serial), asSerial(before.serial))) {
    return [finding('serial backwards', told.zone, `${edge}: from serial ${before.serial} to ${look.serial}`)]
  }
  return []
}

/** Where the system said that an edge answers a change, every later look shows it or what came after it. */
function checkAnswered(told: ZoneTold, history: History): Finding[] {
  const findings: Finding[] = []
  for (const { edge, change, tick } of history.answers) {
    if (change.zone !== told.zone || change.told === undefined) continue
    for (const look of told.looks) {
      if (look.edge !== edge || look.began <= tick) continue
      const version = told.versionOf(look)
      if (version === undefined || compareTold(version, change.told) >= 0) continue
      const detail = `${edge} shows version ${version.version} after it was said to answer ${change.told.version}`
      findings.push(finding('unserved', told.zone, detail))
    }
  }
  return findings
}

/** At rest: everybody has the same, and everything acknowledged is in it, once. */
function checkFinals(told: ZoneTold, all: readonly Final[]): Finding[] {
  const finals = all.filter(({ zone }) => zone === told.zone)
  const source = finals.find(({ holder }) => holder === 'zone-api')
  if (source === undefined) return [finding('unserved', told.zone, 'the zone API was not asked at the end')]
  const findings = checkCount(told, source)
  const newest = told.acknowledged.at(-1)
  if (newest && compareTold(source.state, newest.told) < 0) {
    findings.push(
      finding('lost', told.zone, `the zone API ends at version ${source.state.version}, before ${newest.told.version}`),
    )
  }
  for (const final of finals) {
    if (final === source) continue
    const difference = differenceOf(source, final)
    if (difference) findings.push(finding('diverged', told.zone, `${final.holder}: ${difference}`))
  }
  return findings
}

/** A change makes one version: fewer versions than acknowledgements is a loss, and more than changes is one applied twice. */
function checkCount({ zone, initial, changes, acknowledged }: ZoneTold, { state }: Final): Finding[] {
  if (initial === undefined || state.generation !== initial.generation) return []
  const made = Number(state.version - initial.version)
  const open = changes.filter(({ outcome }) => outcome === 'open').length
  const count = `${made} versions for ${acknowledged.length} acknowledged and ${open} open changes`
  if (made < acknowledged.length) return [finding('lost', zone, count)]
  return made > acknowledged.length + open ? [finding('phantom', zone, count)] : []
}

function differenceOf(source: Final, final: Final): string | undefined {
  for (const key of ['generation', 'version', 'serial', 'digest'] as const) {
    if (source.state[key] !== final.state[key]) return `${key} is ${final.state[key]} and not ${source.state[key]}`
  }
  const [ours, theirs] = [new Set(source.rrs), new Set(final.rrs)]
  const missing = source.rrs.find((rr) => !theirs.has(rr))
  if (missing !== undefined) return `it does not have ${missing}`
  const extra = final.rrs.find((rr) => !ours.has(rr))
  return extra === undefined ? undefined : `it has ${extra}`
}
