/** Laws of principals, grants, credentials and owners. */
import { Code } from '@connectrpc/connect'
import { parseName } from '@zonecast/dns'
import { afterOwnerKey, afterSubtreeKey, ownerKey } from '@zonecast/zone'
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import type { AddCredentialInput, CreatePrincipalInput, GrantInput } from '../access/access-port.ts'
import type { FoundZones } from '../search/search-port.ts'
import type { ZoneDatabase } from '../zone-database.ts'
import { content, context, newZone, refused, rr, soa, zone } from './fixture.ts'
import type { Law } from './laws.ts'

const hash = (text: string) => new Uint8Array(createHash('sha256').update(text).digest())
const editor: GrantInput = { role: 'editor', permissions: [], zones: zone, names: '*', types: [], apex: false }
const administrator: GrantInput = { ...editor, role: 'administrator', zones: '*', apex: true }

function person(name: string, input: Partial<CreatePrincipalInput> = {}): CreatePrincipalInput {
  return { ...context(), name, kind: 'person', display: '', placements: [], grants: [], ...input }
}

function token(holder: string, text: string, input: Partial<AddCredentialInput> = {}): AddCredentialInput {
  return { ...context(), holder, kind: 'token', label: '', expiresAtMs: 0, sha256: hash(text), ...input }
}

const bootstrap = (text: string, role: string, edgeId = '') => ({
  sha256: hash(text),
  principal: text,
  role,
  edgeId,
  placements: [],
})

/** The least that a zone has. */
function minimal(name: string) {
  const origin = parseName(name)
  return { soa: soa(1, origin), rrs: [rr('@', 'NS', 'ns.example.net.', { origin })] }
}

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
    'a token speaks for its principal, with the grants it has and the zones it owns, also after a restart',
    async (state) => {
      const { database } = state
      await database.createPrincipal(person('anna', { display: 'Anna', grants: [editor] }))
      const { id } = await database.addCredential(token('anna', 'zc_anna'))
      await database.createZone(newZone({ owners: ['anna'] }))
      await state.reopen()
      const found = (await state.database.findCredential(hash('zc_anna')))!
      assert.equal(found.credentialId, id)
      assert.deepEqual(found.principal.display, 'Anna')
      assert.deepEqual(
        found.grants.map(({ role, zones, apex }) => [role, zones, apex]),
        [['editor', zone, false]],
      )
      assert.deepEqual(found.owned, [zone])
      assert.deepEqual(await state.database.ownersOf([zone, 'other.']), [['anna'], []])
      assert.equal(await state.database.findCredential(hash('zc_other')), undefined)
    },
  ],
  [
    'what is revoked, past its end, or of a disabled principal is not in force',
    async ({ database }) => {
      await database.createPrincipal(person('anna'))
      const { id } = await database.addCredential(token('anna', 'one'))
      await database.addCredential(token('anna', 'two', { expiresAtMs: 1 }))
      await database.addCredential(token('anna', 'three', { expiresAtMs: Date.now() + 3_600_000 }))
      const inForce = async () => {
        const found = await Promise.all(['one', 'two', 'three'].map((text) => database.findCredential(hash(text))))
        return found.map((each) => each !== undefined)
      }
      assert.deepEqual(await inForce(), [true, false, true])
      await database.revokeCredential({ ...context(), id })
      assert.deepEqual(await inForce(), [false, false, true])
      await database.updatePrincipal({ ...context(), name: 'anna', disabled: true })
      assert.deepEqual(await inForce(), [false, false, false])
      await database.updatePrincipal({ ...context(), name: 'anna', disabled: false })
      assert.deepEqual(await inForce(), [false, false, true])
      assert.equal((await database.listCredentials('anna'))[0]?.id, id)
      assert.ok((await database.getCredential(id))!.revokedAtMs > 0)
    },
  ],
  [
    'a credential is rotated: the old one ends after the overlap, and no later than it would have',
    async ({ database }) => {
      await database.createPrincipal(person('anna'))
      const old = await database.addCredential(token('anna', 'old', { label: 'ci' }))
      const overlapUntilMs = Date.now() + 3_600_000
      const next = { ...context(), id: old.id, sha256: hash('new'), expiresAtMs: 0, overlapUntilMs }
      const made = await database.rotateCredential(next)
      assert.equal(made.label, 'ci')
      assert.equal((await database.findCredential(hash('old')))?.expiresAtMs, overlapUntilMs)
      assert.equal((await database.findCredential(hash('new')))?.credentialId, made.id)
      await database.rotateCredential({ ...next, sha256: hash('newer'), overlapUntilMs: overlapUntilMs + 1 })
      assert.equal((await database.getCredential(old.id))?.expiresAtMs, overlapUntilMs)
    },
  ],
  [
    'passwords are found by name, certificates by fingerprint and else by subject',
    async ({ database }) => {
      await database.createPrincipal(person('anna'))
      const bare = { ...context(), holder: 'anna', label: '', expiresAtMs: 0 }
      const phc = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA'
      await database.addCredential({ ...bare, kind: 'password', phc })
      await database.addCredential({ ...bare, kind: 'certificate', fingerprint: 'ab12' })
      await database.addCredential({ ...bare, kind: 'certificate', subject: 'CN=anna' })
      assert.deepEqual(
        (await database.findPasswords('anna'))?.passwords.map((each) => each.phc),
        [phc],
      )
      assert.equal(await database.findPasswords('bea'), undefined)
      assert.equal((await database.findCertificate({ fingerprint: 'ab12', subject: 'CN=x' }))?.principal.name, 'anna')
      assert.equal((await database.findCertificate({ fingerprint: 'ff', subject: 'CN=anna' }))?.principal.name, 'anna')
      assert.equal(await database.findCertificate({ fingerprint: '', subject: '' }), undefined)
    },
  ],
  [
    'a certificate is of one credential in force, and is free again when that has ended or is revoked',
    async ({ database }) => {
      for (const name of ['anna', 'bea']) await database.createPrincipal(person(name))
      const give = (holder: string, own: Partial<AddCredentialInput>) =>
        database.addCredential({ ...context(), holder, kind: 'certificate', label: '', expiresAtMs: 0, ...own })
      for (const [own, other] of [
        [{ fingerprint: 'ab12' }, { fingerprint: 'cd34' }],
        [{ subject: 'CN=anna' }, { subject: 'CN=bea' }],
      ] as const) {
        const both = await Promise.allSettled([give('anna', own), give('bea', own)])
        assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
        const [first] = both.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
        const stranger = first!.principal === 'anna' ? 'bea' : 'anna'
        const [text] = Object.values(own)
        // Says nothing of whose the other is.
        const message = `another credential in force has the certificate ${text}; revoke that one first`
        for (const name of ['anna', 'bea'])
          await assert.rejects(give(name, own), { name: 'Refusal', message, code: Code.AlreadyExists })
        const theirs = await give(stranger, other)
        const next = { ...context(), expiresAtMs: 0, overlapUntilMs: Date.now() + 3_600_000 }
        await refused(database.rotateCredential({ ...next, ...own, id: theirs.id }), 'another credential in force')
        const { id } = await database.rotateCredential({ ...next, ...own, id: first!.id })
        await database.revokeCredential({ ...context(), id })
        await refused(give(stranger, own), 'another credential in force')
        await database.revokeCredential({ ...context(), id: first!.id })
        await give(stranger, { ...own, expiresAtMs: 1 })
        await give(stranger, own)
        const found = await database.findCertificate({ fingerprint: '', subject: '', ...own })
        assert.equal(found?.principal.name, stranger)
      }
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
    'the last use of a credential goes forward',
    async ({ database }) => {
      await database.createPrincipal(person('anna'))
      const { id } = await database.addCredential(token('anna', 'anna'))
      const revision = await database.accessRevision()
      await database.noteCredentialUses([{ id, atMs: 50 }])
      await database.noteCredentialUses([{ id, atMs: 40 }])
      assert.equal((await database.getCredential(id))?.lastUsedAtMs, 50)
      assert.equal(await database.accessRevision(), revision)
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
        { ...denial, zone, rrset, atMs: 1, lastAtMs: 1 },
        { ...denial, zone: 'other.', rrset: '', atMs: 2, lastAtMs: 2 },
      ])
      const { events } = await database.listEvents({ zone, limit: 10, kind: 'denial' })
      assert.deepEqual(
        events.map((event) => event.kind === 'denial' && [event.zone, event.rrset]),
        [[zone, rrset]],
      )
    },
  ],
]
