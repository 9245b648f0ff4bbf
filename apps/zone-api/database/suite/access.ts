/** Laws of principals, grants, owners and denials. */
import { parseName } from '@zonecast/dns'
import { strict as assert } from 'node:assert'
import type { GrantInput } from '../access/access-port.ts'
import { defaultSettings, type ZoneDatabase } from '../zone-database.ts'
import { editor, hash, person, token } from './access-fixture.ts'
import { content, context, minimal, newZone, refused, rr, soa, zone } from './fixture.ts'
import type { Law } from './laws.ts'

const administrator: GrantInput = { ...editor, role: 'administrator', zones: '*', apex: true }

const bootstrap = (text: string, role: string, edgeId = '') => ({
  sha256: hash(text),
  principal: text,
  role,
  edgeId,
  placements: [],
})

async function namesOf(database: ZoneDatabase, limit: number): Promise<string[]> {
  const names: string[] = []
  for (let after = ''; ;) {
    const page = await database.listIdentities({ after, limit })
    names.push(...page.map(({ principal }) => principal.name))
    if (page.length < limit) return names
    after = names.at(-1)!
  }
}

export const accessLaws: Law[] = [
  [
    'a grant that there is already is answered and not made again, in whatever order its types stand',
    async ({ database }) => {
      await database.createPrincipal({ ...person('anna'), grants: [] })
      const grantOf = (types: number[], over = {}) => ({ ...context(), holder: 'anna', grant: { ...editor, types, ...over } })
      const made = await database.addGrant(grantOf([1, 16]))
      assert.deepEqual(await database.addGrant(grantOf([16, 1])), made)
      await database.addGrant(grantOf([1, 16], { names: 'www' }))
      assert.equal((await database.findIdentity('anna'))?.grants.length, 2)
      const { events } = await database.listEvents({ limit: 10, method: 'AddGrant' })
      const lines = events.flatMap((event) => (event.kind === 'change' ? event.details : []))
      assert.deepEqual(
        lines.map(({ after }) => (JSON.parse(after) as { types: string[] }).types),
        [
          ['A', 'TXT'],
          ['A', 'TXT'],
        ],
      )
    },
  ],
  [
    'principals are listed by name a page at a time, those of the bootstrap file among them',
    async ({ database }) => {
      await database.bootstrapCredentials([bootstrap('boot', 'administrator'), bootstrap('Zed', 'publisher')])
      for (const name of ['b', 'a', 'B', 'c@x', 'c-x']) await database.createPrincipal(person(name))
      const all = ['B', 'Zed', 'a', 'b', 'boot', 'c-x', 'c@x']
      for (const limit of [1, 2, 3, 100]) assert.deepEqual(await namesOf(database, limit), all, `limit ${limit}`)
      assert.ok((await database.findIdentity('boot'))?.principal.isBootstrap)
      await refused(database.createPrincipal(person('boot')), 'boot')
      await refused(database.createPrincipal(person('a')), 'a')
      await refused(database.addGrant({ ...context(), holder: 'boot', grant: editor }), 'PRINCIPAL_BOOTSTRAP')
      await refused(database.addGrant({ ...context(), holder: 'nobody', grant: editor }), 'nobody')
    },
  ],
  [
    'the bootstrap file replaces its own credentials and edges, and none of those made since',
    async ({ database }) => {
      await database.bootstrapCredentials([bootstrap('boot', 'administrator'), bootstrap('e1', 'edge', 'e1')])
      await database.createPrincipal(person('e2', { kind: 'edge', placements: ['north'] }))
      await database.addCredential(token('e2', 'zc_e2'))
      await database.bootstrapCredentials([bootstrap('boot2', 'administrator')])
      assert.equal(await database.findCredential(hash('boot')), undefined)
      const found = await database.findCredential(hash('zc_e2'))
      assert.deepEqual([found?.principal.edgeId, found?.principal.placements], ['e2', ['north']])
      const states = async () => (await database.listEdges()).map(({ edgeId, state }) => [edgeId, state])
      assert.deepEqual(await states(), [
        ['e1', 'retired'],
        ['e2', 'expected'],
      ])
      await database.deletePrincipal({ ...context(), name: 'e2' })
      assert.equal((await states())[1]?.[1], 'retired')
      assert.equal(await database.findCredential(hash('zc_e2')), undefined)
    },
  ],
  [
    'an edge that names no placement follows that of zones which name none, wherever it is made',
    async ({ database }) => {
      await database.bootstrapCredentials([bootstrap('e1', 'edge', 'e1')])
      await database.createPrincipal(person('e2', { kind: 'edge' }))
      await database.createPrincipal(person('e3', { kind: 'edge', placements: ['north'] }))
      await database.updatePrincipal({ ...context(), name: 'e3', placements: [] })
      await database.addCredential(token('e2', 'zc_e2'))
      assert.deepEqual((await database.findCredential(hash('e1')))?.principal.placements, ['default'])
      assert.deepEqual((await database.findCredential(hash('zc_e2')))?.principal.placements, ['default'])
      const listed = (await database.listEdges()).map(({ edgeId, placements }) => [edgeId, placements])
      assert.deepEqual(listed, [
        ['e1', ['default']],
        ['e2', ['default']],
        ['e3', ['default']],
      ])
      const { changeId } = await database.createZone(newZone({ settings: { ...defaultSettings, placement: 'north' } }))
      assert.deepEqual((await database.getChange(changeId))!.expectedEdges, [], 'nobody waits for what is sent to no edge')
    },
  ],
  [
    'the last who can change access stays, unless the bootstrap file has one',
    async ({ database }) => {
      await database.createPrincipal(person('anna', { grants: [administrator] }))
      await database.createPrincipal(person('bea', { grants: [administrator] }))
      const { id } = await database.addCredential(token('anna', 'anna'))
      const [grant] = (await database.findIdentity('anna'))!.grants
      const ways = [
        () => database.removeGrant({ ...context(), id: grant!.id }),
        () => database.revokeCredential({ ...context(), id }),
        () => database.updatePrincipal({ ...context(), name: 'anna', disabled: true }),
        () => database.deletePrincipal({ ...context(), name: 'anna' }),
      ]
      for (const way of ways) await refused(way(), 'LAST_ADMINISTRATOR')
      assert.ok(await database.findCredential(hash('anna')), 'nothing of it was done')
      await database.addCredential(token('bea', 'bea'))
      await database.removeGrant({ ...context(), id: grant!.id })
      await refused(database.deletePrincipal({ ...context(), name: 'bea' }), 'LAST_ADMINISTRATOR')
      await database.bootstrapCredentials([bootstrap('boot', 'administrator')])
      await database.deletePrincipal({ ...context(), name: 'bea' })
    },
  ],
  [
    'owners are set anew with a zone that is made anew, kept by one that is undeleted, and changed by hand',
    async ({ database }) => {
      for (const name of ['anna', 'bea']) await database.createPrincipal(person(name))
      await database.createZone(newZone({ owners: ['anna'] }))
      await refused(database.setZoneOwners({ ...context(), zone, owners: ['nobody'] }), 'nobody')
      await refused(database.setZoneOwners({ ...context(), zone: 'none.', owners: ['bea'] }), 'none.')
      await database.setZoneOwners({ ...context(), zone, owners: ['bea', 'anna', 'bea'] })
      assert.deepEqual(await database.ownersOf([zone]), [['anna', 'bea']])
      await database.deleteZone({ ...context(), zone, expectedVersion: 0n })
      await database.createZone(newZone({ owners: ['bea'] }))
      assert.deepEqual(await database.ownersOf([zone]), [['bea']])
      await database.deleteZone({ ...context(), zone, expectedVersion: 0n })
      await database.createZone(newZone())
      assert.deepEqual(await database.ownersOf([zone]), [[]])
      const origin = parseName('imported.example.')
      const own = soa(1, origin)
      const { rrs, ...input } = content([rr('@', 'NS', 'ns1', { origin })], { apex: origin, soa: own, owners: ['anna'] })
      assert.equal(rrs.length, 1)
      const { stage } = await database.beginStage('imported.example.')
      await database.commitStage({ ...input, stage, hasDelta: false, overwrite: true, force: true })
      assert.deepEqual((await database.findIdentity('anna'))?.owned, ['imported.example.'])
    },
  ],
  [
    'a zone is owned by persons and services alone, those of the bootstrap file among them',
    async ({ database }) => {
      await database.bootstrapCredentials([bootstrap('boot', 'administrator'), bootstrap('e0', 'edge', 'e0')])
      await database.createPrincipal(person('anna'))
      await database.createPrincipal(person('robot', { kind: 'service' }))
      await database.createZone(newZone({ owners: ['anna'] }))
      const programs = ['e0', 'e1', 'p1', 't1']
      await database.createPrincipal(person('e1', { kind: 'edge' }))
      await database.createPrincipal(person('p1', { kind: 'publisher' }))
      await database.createPrincipal(person('t1', { kind: 'transfer-agent' }))
      for (const name of programs) {
        await refused(database.setZoneOwners({ ...context(), zone, owners: ['anna', name] }), 'owners[1]')
        await refused(
          database.createZone(newZone({ apex: parseName('new.example.'), ...minimal('new.example.'), owners: [name] })),
          name,
        )
      }
      assert.deepEqual(await database.ownersOf([zone, 'new.example.']), [['anna'], []])
      await database.setZoneOwners({ ...context(), zone, owners: ['robot', 'boot', 'anna'] })
      assert.deepEqual(await database.ownersOf([zone]), [['anna', 'boot', 'robot']])
    },
  ],
  [
    'every write moves the revision, has a line in the audit log without a secret, and is done once for a request id',
    async ({ database }) => {
      let revision = await database.accessRevision()
      const moved = async () => {
        const now = await database.accessRevision()
        assert.ok(now > revision)
        revision = now
      }
      const made = person('anna', { ...context({ requestId: 'one' }), grants: [editor] })
      await database.createPrincipal(made)
      await moved()
      await database.createPrincipal(made)
      assert.equal(await database.accessRevision(), revision)
      await refused(database.createPrincipal({ ...made, ...context({ requestId: 'one', body: 'x' }) }), 'REQUEST_ID_REUSED')
      const password = { ...context({ requestId: 'two' }), holder: 'anna', kind: 'password' as const, label: '', expiresAtMs: 0 }
      const first = await database.addCredential({ ...password, phc: '$argon2id$secret' })
      assert.deepEqual(await database.addCredential({ ...password, phc: '$argon2id$secret2' }), first)
      await moved()
      await database.addGrant({ ...context(), holder: 'anna', grant: { ...editor, role: '', permissions: ['zone.read'] } })
      await moved()
      const { events } = await database.listEvents({ limit: 10 })
      assert.deepEqual(
        events.map(({ method }) => method),
        ['AddGrant', 'CreateCredential', 'CreatePrincipal'],
      )
      assert.doesNotMatch(
        JSON.stringify(events, (_, value: unknown) => (typeof value === 'bigint' ? '' : value)),
        /argon2/,
      )
      const [grant] = events
      assert.ok(grant?.kind === 'change' && grant.details[0]?.after.includes('"permissions":["zone.read"]'))
    },
  ],
  [
    'denials of a zone are found by it',
    async ({ database }) => {
      await database.createZone(newZone())
      const denial = {
        principal: 'eve',
        method: 'ApplyChanges',
        reason: 'PERMISSION_MISSING',
        permission: 'record.write',
        count: 1,
      }
      const rrset = `www.${zone} A`
      await database.noteDenials([
        { ...denial, fault: '', zone, rrset, atMs: 1, lastAtMs: 1 },
        { ...denial, fault: 'an unknown token', zone: 'other.', rrset: '', atMs: 2, lastAtMs: 2 },
      ])
      const { events } = await database.listEvents({ zone, limit: 10, kind: 'denial' })
      assert.deepEqual(
        events.map((event) => event.kind === 'denial' && [event.zone, event.rrset]),
        [[zone, rrset]],
      )
      const all = await database.listEvents({ limit: 10, kind: 'denial' })
      assert.deepEqual(
        all.events.map((event) => event.kind === 'denial' && event.fault),
        ['an unknown token', ''],
      )
    },
  ],
]
