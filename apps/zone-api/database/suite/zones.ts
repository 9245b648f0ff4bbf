/** Laws of zones as a whole: creation, settings, deletion, heads, registry. */
import { parseName, TYPE, zoneKeyOf } from '@zonecast/dns'
import { afterOwnerKey, afterSubtreeKey, compareStates, headTerm, ownerKey, Sum256 } from '@zonecast/zone'
import { strict as assert } from 'node:assert'
import { sha256 } from '@zonecast/runtime/hashes'
import type { FoundRRsets, FoundZones, SearchPlace } from '../search/search-port.ts'
import { defaultSettings } from '../zone-database.ts'
import { changeSet, checkWhole, context, gatherEvents, minimal, newZone, put, refused, rr, soa, zone } from './fixture.ts'
import type { Law } from './laws.ts'

const update = { ...context(), zone }
const deletion = { ...update, expectedVersion: 0n }

export const zoneLaws: Law[] = [
  [
    'a zone that exists is not created again',
    async ({ database }) => {
      await database.createZone(newZone())
      await refused(database.createZone(newZone()), zone)
    },
  ],
  ['a new zone keeps the rules', async ({ database }) => refused(database.createZone(newZone({ rrs: [] })), 'APEX_NS_MISSING')],
  [
    'settings alone make a version without a new serial',
    async ({ database }) => {
      const { effect: first } = await database.createZone(newZone())
      const settings = { ...defaultSettings, placement: 'north', guardPercent: 50 }
      const { effect } = await database.updateZone({ ...update, settings })
      assert.deepEqual([effect.state.version, effect.state.serial], [2n, first.state.serial])
      const record = await database.getZone(zone)
      assert.deepEqual([record!.settings, record!.header.settingsVersion, record!.header.placement], [settings, 2n, 'north'])
      const { events } = await database.listEvents({ zone, limit: 1 })
      assert.deepEqual(events[0]!.kind === 'change' && events[0]!.details, [
        { subject: `${zone} placement`, before: 'default', after: 'north' },
        { subject: `${zone} guardPercent`, before: '30', after: '50' },
      ])
      await checkWhole(database)
      assert.equal((await database.updateZone({ ...update, settings })).effect.changed, false)
    },
  ],
  [
    'a deleted zone leaves a tombstone; created again it has a later generation, version and serial',
    async (state) => {
      const { effect: first } = await state.database.createZone(newZone())
      await refused(state.database.deleteZone({ ...deletion, expectedVersion: 7n }), 'VERSION_MOVED')
      const { effect: gone } = await state.database.deleteZone(deletion)
      assert.deepEqual([gone.state.generation, gone.state.version, gone.state.deleted], [first.state.generation, 2n, true])
      assert.equal(await state.database.getZone(zone), undefined)
      assert.equal((await state.database.headOf(zone))!.state.digest.length, 0)
      await refused(state.database.applyChanges(changeSet([put('www', 'A', '192.0.2.7')])), zone)
      await state.reopen()
      const { effect: again } = await state.database.createZone(newZone())
      assert.ok(again.state.generation > gone.state.generation)
      assert.deepEqual([again.state.version, again.state.serial], [3n, 2])
      assert.equal(compareStates(again.state, gone.state), 1)
      await state.database.applyChanges(changeSet([put('www', 'A', '192.0.2.7')]))
      assert.equal((await checkWhole(state.database)).state.version, 4n)
    },
  ],
  [
    'zones are listed in canonical order, page by page',
    async ({ database }) => {
      const names = ['b.example.', 'z.a.example.', 'a.example.', 'B.a.example.', 'yy.example.']
      for (const name of names) await database.createZone(newZone({ apex: parseName(name) }))
      const first = await database.listZones({ limit: 3 })
      const rest = await database.listZones({ limit: 3, after: first.zones.at(-1)!.zone })
      const listed = [...first.zones, ...rest.zones].map((record) => record.zone)
      assert.deepEqual(listed, ['a.example.', 'b.a.example.', 'z.a.example.', 'b.example.', 'yy.example.'])
      assert.deepEqual([first.more, rest.more], [true, false])
    },
  ],
  [
    'zones are listed and found within spans of their order, page by page, and a name is told what lies around it',
    async ({ database }) => {
      const names = ['example.', 'a.example.', 'b.a.example.', 'c.a.example.', 'd.example.', 'net.']
      for (const name of names) await database.createZone(newZone({ apex: parseName(name), ...minimal(name) }))
      const below = { after: ownerKey(0, parseName('a.example.')), to: afterSubtreeKey(0, parseName('a.example.')) }
      const one = { after: ownerKey(0, parseName('net.')).subarray(0, -1), to: afterOwnerKey(0, parseName('net.')) }
      const wanted = ['b.a.example.', 'c.a.example.', 'net.']
      for (const limit of [1, 2, 3, 10]) {
        const listed: string[] = []
        const found: string[] = []
        for (let more = true; more;) {
          const after = listed.length > 0 ? { after: listed.at(-1)! } : {}
          const page = await database.listZones({ within: [below, one], limit, ...after })
          listed.push(...page.zones.map((each) => each.zone))
          more = page.more
        }
        for (let next: { after?: string } | undefined = {}; next;) {
          const page: FoundZones = await database.findZones({ match: { within: [below, one] }, limit, ...next })
          found.push(...page.zones.map((each) => each.zone))
          next = page.next === undefined ? undefined : { after: page.next }
        }
        assert.deepEqual([listed, found], [wanted, wanted], `limit ${limit}`)
      }
      assert.deepEqual((await database.listZones({ within: [], limit: 10 })).zones, [])
      const around = await database.zonesAround({ apex: parseName('x.b.a.example.'), limit: 10 })
      assert.deepEqual(around, { enclosing: 'b.a.example.', inside: [] })
      const above = await database.zonesAround({ apex: parseName('.'), after: 'a.example.', limit: 2 })
      assert.deepEqual(above, { enclosing: undefined, inside: ['b.a.example.', 'c.a.example.'] })
    },
  ],
  [
    'RRsets of more zones than are read at once, small and large, are found each once and in order',
    async ({ database }) => {
      const names = Array.from({ length: 130 }, (_, i) => `z${1000 + i}.example.`)
      const large = Array.from({ length: 400 }, (_, i) => ['large', 'TXT', `"${i} ${'x'.repeat(60)}"`] as const)
      await Promise.all(
        names.map((name, i) => {
          const origin = parseName(name)
          const more = i % 50 === 20 ? large.map((one) => rr(...one, { origin })) : []
          return database.createZone(newZone({ apex: origin, ...minimal(name), rrs: [...minimal(name).rrs, ...more] }))
        }),
      )
      for (const limit of [1, 40, 1000]) {
        const found: string[] = []
        for (let next: { after?: SearchPlace } | undefined = {}; next;) {
          const page: FoundRRsets = await database.findRRsets({ match: { zones: {} }, limit, ...next })
          found.push(...page.found.map((each) => `${each.zone} ${each.rrset.type} ${each.rrset.rdatas.length}`))
          next = page.next && { after: page.next }
        }
        const wanted = names.flatMap((name, i) => [
          `${name} ${TYPE.SOA} 1`,
          `${name} ${TYPE.NS} 1`,
          ...(i % 50 === 20 ? [`${name} ${TYPE.TXT} 400`] : []),
        ])
        assert.deepEqual(found, wanted, `limit ${limit}`)
      }
    },
  ],
  [
    'heads are listed by position, each zone once, with the set digest of the live ones',
    async (state) => {
      const { database } = state
      const zones = Array.from({ length: 130 }, (_, i) => zoneKeyOf(parseName(`z${i}.example.`)))
      await Promise.all(
        zones.map((name) => database.createZone(newZone({ apex: parseName(name), soa: soa(1, parseName(name)) }))),
      )
      const listings = async () => Promise.all(Array.from({ length: 64 }, (_, shard) => listShard(state.database, shard)))
      await listings()
      await database.deleteZone({ ...deletion, zone: zones[3]! })
      await database.updateZone({ ...update, zone: zones[4]!, settings: { ...defaultSettings, placement: 'north' } })
      await database.applyChanges(
        changeSet([], { zone: zones[5]!, ops: [{ ...put('x', 'A', '192.0.2.1'), owner: parseName(`x.${zones[5]}`) }] }),
      )
      const kept = await listings()
      assert.equal(kept.flatMap(({ heads }) => heads).length, 130)
      await state.reopen()
      assert.deepEqual(await listings(), kept)
      assert.deepEqual(
        await state.database.newestPositions(),
        kept.map(({ end }) => end.position),
      )
    },
  ],
  [
    'positions of a shard rise by commits, and events carry them in order',
    async ({ database }) => {
      const events = gatherEvents(database)
      await database.createZone(newZone())
      for (let i = 0; i < 5; i++) await database.applyChanges(changeSet([put('www', 'A', `192.0.2.${i}`)]))
      assert.deepEqual(
        events.map(({ head }) => head.position),
        [1n, 2n, 3n, 4n, 5n, 6n],
      )
      assert.equal((await database.headOf(zone))!.position, 6n)
    },
  ],
  [
    'a change is expected at the edges that were there when it was committed',
    async ({ database }) => {
      const edge = (edgeId: string, placements: string[] = []) => {
        const hash = new Uint8Array(32).fill(edgeId.charCodeAt(0))
        return { sha256: hash, principal: edgeId, role: 'edge', edgeId, placements }
      }
      await database.bootstrapCredentials([edge('a'), edge('n', ['north'])])
      const { changeId: early } = await database.createZone(newZone())
      await database.bootstrapCredentials([edge('a'), edge('b', ['default'])])
      const { changeId: late } = await database.applyChanges(changeSet([put('www', 'A', '192.0.2.7')]))
      assert.deepEqual((await database.getChange(early))!.expectedEdges, ['a'])
      const change = await database.getChange(late)
      assert.deepEqual([change!.expectedEdges, change!.principal, change!.reason], [['a', 'b'], 'alice', 'a test'])
      assert.deepEqual(change!.heads[0]!.position, 2n)
      await database.bootstrapCredentials([edge('b')])
      assert.deepEqual((await database.getChange(late))!.expectedEdges, ['b'])
      assert.deepEqual(
        (await database.listEdges()).map(({ edgeId, state }) => [edgeId, state]),
        [
          ['a', 'retired'],
          ['b', 'expected'],
          ['n', 'retired'],
        ],
      )
      assert.equal((await database.findCredential(edge('b').sha256))!.principal.edgeId, 'b')
      assert.equal(await database.findCredential(edge('a').sha256), undefined)
      assert.equal(await database.getChange('chg_none'), undefined)
    },
  ],
]

/** Lists a shard in small pages, and checks its set digests by summing them anew. */
async function listShard(database: Parameters<Law[1]>[0]['database'], shard: number) {
  const heads = []
  for (let after = 0n; ;) {
    const page = await database.heads({ shard, after, limit: 2 })
    heads.push(...page.heads)
    if (page.end) {
      const live = heads.filter(({ state }) => !state.deleted)
      for (const { placement, digest, zones } of page.end.setDigests) {
        const members = live.filter((head) => head.placement === placement)
        const sum = new Sum256()
        for (const head of members) sum.add(sha256(headTerm(parseName(head.zone), head.state)))
        assert.deepEqual({ digest: sum.bytes(), zones: members.length }, { digest, zones })
      }
      assert.equal(
        page.end.setDigests.reduce((sum, { zones }) => sum + zones, 0),
        live.length,
      )
      return { heads, end: page.end }
    }
    after = page.heads.at(-1)!.position
  }
}
