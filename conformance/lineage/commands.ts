/** The commands of an operator on a system of separate programs: backup, restore, adopt. */
import { join } from 'node:path'
import { command, type Ended } from '../lib/command.ts'
import type { System } from '../lib/system.ts'

/** `zonectl backup` and `restore` ask the zone API's program for this. */
export function database(system: System, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return command(['apps/zone-api/main.ts', 'db', ...args], { ZONECAST_DATA: system.dataOf('zone-api'), ...env })
}

export interface Adopted {
  readonly before: string
  readonly raised: readonly string[]
  readonly orphans: readonly string[]
}

/** `zonectl db adopt` with the RPC addresses of these edges. */
export function adopt(system: System, edges: readonly string[], more: readonly string[] = []): Promise<Ended> {
  return askingEdges(system, edges, ['adopt', ...more])
}

/** `zonectl db recover` of a zone with the RPC addresses of these edges. */
export function recover(system: System, edges: readonly string[], more: readonly string[]): Promise<Ended> {
  return askingEdges(system, edges, ['recover', ...more])
}

function askingEdges(system: System, edges: readonly string[], words: readonly string[]): Promise<Ended> {
  const urlOf = (name: string) => `http://127.0.0.1:${system.app(name).ready.port}`
  const flags = ['--server', urlOf('zone-api'), '--token-file', join(system.folder, 'administrator.token'), '-o', 'json']
  const urls = edges.flatMap((edge) => ['--edge-url', urlOf(edge)])
  return command(['apps/zonectl/main.ts', 'db', ...words, ...flags, ...urls], { ZONECAST_DATA: join(system.folder, 'none') })
}
