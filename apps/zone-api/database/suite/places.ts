/** Laws of where zones may lie: the database looks at those around in the transaction that makes one. */
import { Code } from '@connectrpc/connect'
import { parseName } from '@zonecast/dns'
import { afterOwnerKey, afterSubtreeKey, buildPages, ownerKey } from '@zonecast/zone'
import { strict as assert } from 'node:assert'
import type { ZoneSpan } from '../search/search-port.ts'
import type { ReplaceInput } from '../zone-database.ts'
import { content, context, minimal, newZone, rr, soa } from './fixture.ts'
import type { Law } from './laws.ts'

const only = (name: string): ZoneSpan => ({
  after: ownerKey(0, parseName(name)).subarray(0, -1),
  to: afterOwnerKey(0, parseName(name)),
})
const below = (name: string): ZoneSpan => ({
  after: ownerKey(0, parseName(name)),
  to: afterSubtreeKey(0, parseName(name)),
})
const made = (name: string, makesWithin?: readonly ZoneSpan[]) =>
  newZone({ apex: parseName(name), ...minimal(name), ...(makesWithin && { makesWithin }) })

function denied(zone: string, where: 'inside' | 'around', other: string) {
  const message = `${zone} would lie ${where} ${other}; this needs the permission zone.create for ${other}`
  return { name: 'Refusal', code: Code.PermissionDenied, message }
}

export const placeLaws: Law[] = [
  [
    'a zone is made inside and around those alone where its maker may make zones',
    async ({ database }) => {
      const make = (name: string, ...within: ZoneSpan[]) => database.createZone(made(name, within))
      for (const name of ['b.example.', 'x.b.example.', 'y.b.example.', 'gone.example.']) await database.createZone(made(name))
      await database.deleteZone({ ...context(), zone: 'gone.example.', expectedVersion: 0n })
      await assert.rejects(make('a.b.example.'), denied('a.b.example.', 'inside', 'b.example.'))
      await assert.rejects(make('a.b.example.', below('b.example.')), denied('a.b.example.', 'inside', 'b.example.'))
      await assert.rejects(make('a.x.b.example.', only('b.example.')), denied('a.x.b.example.', 'inside', 'x.b.example.'))
      await make('a.b.example.', only('b.example.'))
      await assert.rejects(make('example.', only('b.example.')), denied('example.', 'around', 'a.b.example.'))
      await assert.rejects(make('example.', below('b.example.')), denied('example.', 'around', 'b.example.'))
      const all = ['a.b.example.', 'b.example.', 'x.b.example.'].map(only).toSorted((a, b) => Buffer.compare(a.after, b.after))
      await assert.rejects(make('example.', ...all), denied('example.', 'around', 'y.b.example.'))
      await make('example.', below('example.'))
      await make('z.gone.example.', only('example.'))
    },
  ],
  [
    'content that makes a zone, or brings one back, is held to the same, and content of one that is there is not',
    async ({ database }) => {
      const zone = 'a.b.example.'
      const apex = parseName(zone)
      const replace = (input: Partial<ReplaceInput> = {}, ns = 'ns.example.net.') => {
        const { rrs, ...whole } = content([rr('@', 'NS', ns, { origin: apex })], { apex, soa: soa(1, apex), overwrite: true })
        return database.replaceContent({ ...whole, pages: [...buildPages(rrs)], began: undefined, makesWithin: [], ...input })
      }
      await replace()
      await database.createZone(made('b.example.'))
      await replace({}, 'ns2.example.net.')
      await database.deleteZone({ ...context(), zone, expectedVersion: 0n })
      await assert.rejects(replace(), denied(zone, 'inside', 'b.example.'))
      await assert.rejects(replace({ notesAsOf: 1n, dryRun: true }), denied(zone, 'inside', 'b.example.'))
      await replace({ notesAsOf: 1n, makesWithin: [only('b.example.')] })
    },
  ],
  [
    'of two zones that are made in the same moment, one inside the other, one is refused',
    async ({ database }) => {
      const pairs = Array.from({ length: 16 }, (_, i) => [`p${i}.example.`, `c.p${i}.example.`])
      const outcomes = await Promise.all(
        pairs.map((pair) => Promise.allSettled(pair.map((name) => database.createZone(made(name, [only(name)]))))),
      )
      for (const [i, pair] of outcomes.entries())
        assert.deepEqual(pair.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'], pairs[i]![0])
      for (const each of outcomes.flat()) if (each.status === 'rejected') assert.equal(each.reason.code, Code.PermissionDenied)
      const { zones } = await database.listZones({ limit: 100 })
      assert.equal(zones.length, pairs.length)
    },
  ],
]
