/** What a transaction holds so that no other zone API moves it meanwhile: zones, and requests that carry an id. */
import { foldName, parseName, zoneKeyOf } from '@zonecast/dns'
import { sha256 } from '@zonecast/runtime/hashes'
import { shardOf } from '@zonecast/zone'
import { createHash } from 'node:crypto'
import type { WriteContext } from '../zone-database.ts'

/** Advisory locks of two numbers: the first says what is locked. */
export const lockClasses = { whole: 0x7a63_0001, run: 0x7a63_0002 } as const
/** What is done by one zone API at a time, over the whole database. */
export const wholes = { migrate: 1, tidy: 2, credentials: 3, lineage: 4, places: 5 } as const

/** The number that stands for a text among the advisory locks of one 64-bit number. */
function lockOf(text: string): bigint {
  return createHash('sha256').update(text).digest().readBigInt64BE()
}

/** The locks of zones and of requests with an id: in ascending order, so that two transactions never wait for each other. */
export function locksOf(zones: Iterable<string>, requests: Iterable<string>): bigint[] {
  const locks = new Set([
    ...[...zones].map((zone) => lockOf(`zone ${zone}`)),
    ...[...requests].map((id) => lockOf(`request ${id}`)),
  ])
  return [...locks].toSorted((a, b) => (a < b ? -1 : 1))
}

export function shardOfZone(zone: string): number {
  return shardOf(foldName(parseName(zone)), sha256)
}

interface Input extends Partial<WriteContext> {
  readonly zone?: string
  readonly apex?: Uint8Array
  /** Of a change over several zones. */
  readonly sets?: readonly { readonly zone: string }[]
  readonly makesWithin?: readonly unknown[]
}

/** The zones that a call names. One that changes others as well begins again with those held. */
export function zonesOf(operation: string, args: readonly unknown[]): string[] {
  const [input] = args as [Input | undefined]
  if (operation === 'beginStage' || typeof input !== 'object' || input === null) return []
  if (typeof input.zone === 'string') return [input.zone]
  if (input.sets) return input.sets.map(({ zone }) => zone)
  return input.apex instanceof Uint8Array ? [zoneKeyOf(input.apex)] : []
}

const makesZones: ReadonlySet<string> = new Set(['createZone', 'replaceContent', 'commitStage'])

/** How a call that may make a zone holds the places of all zones: alone where it looks at those around. */
export function placesOf(operation: string, args: readonly unknown[]): 'alone' | 'shared' | undefined {
  if (!makesZones.has(operation)) return undefined
  const [input] = args as [Input | undefined]
  return input?.makesWithin ? 'alone' : 'shared'
}

/** The statements that take places and locks. Places come first, so that two transactions never wait for each other. */
export function lockStatements(places: Iterable<'alone' | 'shared' | undefined>, locks: readonly bigint[]): string[] {
  const wanted = new Set(places)
  const how = wanted.has('alone') ? '' : wanted.has('shared') ? '_shared' : undefined
  const place = how === undefined ? [] : [`SELECT pg_advisory_xact_lock${how}(${lockClasses.whole}, ${wholes.places})`]
  return [...place, ...locks.map((number) => `SELECT pg_advisory_xact_lock(${number})`)]
}

/** The request that a call repeats or may be repeated by. */
export function requestsOf(args: readonly unknown[]): string[] {
  const [input] = args as [Input | undefined]
  return typeof input === 'object' && input?.requestId ? [JSON.stringify([input.principal, input.requestId])] : []
}
