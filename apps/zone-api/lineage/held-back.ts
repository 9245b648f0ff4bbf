/** The database as services see it: changes, of templates too, wait for a lineage that is sound. */
import type { ZoneDatabase } from '../database/zone-database.ts'
import type { Lineage } from './lineage.ts'

const changes: ReadonlySet<PropertyKey> = new Set<keyof ZoneDatabase>([
  'createZone',
  'updateZone',
  'deleteZone',
  'applyChanges',
  'applyChangeSets',
  'replaceContent',
  'beginStage',
  'commitStage',
  'restoreDelta',
  'purgeHistory',
  'createTemplate',
  'updateTemplate',
  'deleteTemplate',
  'createTSIGKey',
  'deleteTSIGKey',
  'resealSecrets',
])

type Call = (...args: unknown[]) => Promise<unknown>

export function heldBack(database: ZoneDatabase, lineage: Lineage): ZoneDatabase {
  const calls = new Map<PropertyKey, Call>()
  return new Proxy(database, {
    get(target, name) {
      const found = Reflect.get(target, name) as unknown
      if (!changes.has(name)) return found
      const call = calls.get(name) ?? callOf(found as Call, lineage)
      calls.set(name, call)
      return call
    },
  })
}

function callOf(call: Call, lineage: Lineage): Call {
  return (...args) => (lineage.isSound ? lineage.running(call(...args)) : refuse(lineage, call, args))
}

async function refuse(lineage: Lineage, call: Call, args: unknown[]): Promise<unknown> {
  const refusal = await lineage.refusal()
  if (refusal) throw refusal
  return lineage.running(call(...args))
}
