/** What grants allow, what they do not, and what is said about it. */
import { type Name, parseName, TYPE } from '@zonecast/dns'
import { arbName } from '@zonecast/testkit'
import * as fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { allows, explain, type Target } from './decide.ts'
import { apexByDefault, type Grant, gives, isRestricted, permissionsOf, roleGrant } from './grant.ts'
import { everyName, parseNamePattern } from './name-pattern.ts'
import { concernsZone, isRole, PERMISSIONS, type Role, ROLE_PERMISSIONS } from './roles.ts'
import { everyZone, parseZonePattern } from './zone-pattern.ts'

const zone = parseName('example.org.')
const rrset = (owner: string, type: keyof typeof TYPE): Target => ({ zone, owner: parseName(owner, zone), type: TYPE[type] })

function grant(role: Role, over: { zones?: string; names?: string; types?: readonly number[]; apex?: boolean } = {}): Grant {
  const { zones = 'example.org.', names = '*', types = [], apex = true } = over
  const patterns = { zones: parseZonePattern(zones), names: parseNamePattern(names) }
  return { id: 'g', role, permissions: ROLE_PERMISSIONS[role], ...patterns, types: new Set(types), apex }
}

const acme = grant('editor', { names: '_acme-challenge.*', types: [TYPE.TXT], apex: false })

for (const { name, given, permission, target, lacks } of [
  { name: 'its own challenge', given: acme, permission: 'record.write', target: rrset('_acme-challenge.www', 'TXT'), lacks: [] },
  { name: 'another name', given: acme, permission: 'record.write', target: rrset('www', 'TXT'), lacks: ['name'] },
  { name: 'another type', given: acme, permission: 'record.write', target: rrset('_acme-challenge', 'A'), lacks: ['type'] },
  { name: 'both', given: acme, permission: 'record.write', target: rrset('www', 'A'), lacks: ['name', 'type'] },
  { name: 'a whole zone', given: acme, permission: 'zone.import', target: { zone }, lacks: ['permission', 'whole'] },
  {
    name: 'some type of its own name',
    given: acme,
    permission: 'record.write',
    target: { zone, owner: parseName('_acme-challenge.example.org.') },
    lacks: [],
  },
  {
    name: 'some type of another name',
    given: acme,
    permission: 'record.write',
    target: { zone, owner: parseName('www.example.org.') },
    lacks: ['name'],
  },
  {
    name: 'some type at the apex',
    given: grant('editor', { apex: false }),
    permission: 'record.write',
    target: { zone, owner: zone },
    lacks: [],
  },
  { name: 'writing at large', given: acme, permission: 'record.write', target: { zone }, lacks: ['whole'] },
  { name: 'reading anything in its zone', given: acme, permission: 'record.read', target: { zone }, lacks: [] },
  {
    name: 'another zone',
    given: acme,
    permission: 'record.read',
    target: { zone: parseName('example.net.') },
    lacks: ['zone'],
  },
  {
    name: 'the SOA without the apex',
    given: grant('editor', { apex: false }),
    permission: 'record.write',
    target: { zone, owner: zone, type: TYPE.SOA },
    lacks: ['apex'],
  },
  {
    name: 'the NS of the apex without it, in another case',
    given: grant('zone-owner', { apex: false }),
    permission: 'record.write',
    target: { zone, owner: parseName('EXAMPLE.org.'), type: TYPE.NS },
    lacks: ['apex'],
  },
  {
    name: 'a delegation, which is not the apex',
    given: grant('editor', { apex: false }),
    permission: 'record.write',
    target: rrset('dev', 'NS'),
    lacks: [],
  },
  {
    name: 'a zone without its apex',
    given: grant('zone-owner', { apex: false }),
    permission: 'zone.delete',
    target: { zone },
    lacks: ['whole'],
  },
  { name: 'what belongs to no zone', given: grant('operator'), permission: 'edge.write', target: {}, lacks: ['zone'] },
  {
    name: 'what belongs to no zone, whatever zone is named',
    given: grant('operator'),
    permission: 'edge.reset',
    target: { zone },
    lacks: ['zone'],
  },
  {
    name: 'edges to who operates all',
    given: grant('operator', { zones: '*' }),
    permission: 'edge.write',
    target: {},
    lacks: [],
  },
  {
    name: 'edges to who has names only',
    given: grant('operator', { zones: '*', names: 'www' }),
    permission: 'edge.write',
    target: {},
    lacks: ['whole'],
  },
  {
    name: 'what is of oneself, by a grant for one zone and one name',
    given: grant('editor', { zones: 'a.', names: 'www' }),
    permission: 'access.self',
    target: {},
    lacks: [],
  },
  { name: 'the audit log as a whole', given: grant('zone-owner'), permission: 'audit.read', target: {}, lacks: ['zone'] },
])
  test(`${name}: ${lacks.length === 0 ? 'allowed' : `lacks ${lacks.join(', ')}`}`, () => {
    const holder = { grants: [given] }
    const { grant: by, misses } = explain(holder, permission, target)
    assert.deepEqual(misses.map((miss) => miss.lacks).flat(), lacks)
    assert.equal(by, lacks.length === 0 ? given : undefined)
    assert.equal(allows(holder, permission, target), by)
  })

test('an explanation begins with the grant that lacks least', () => {
  const { misses } = explain({ grants: [grant('viewer', { zones: 'a.' }), acme] }, 'record.write', rrset('www', 'TXT'))
  assert.deepEqual(
    misses.map(({ lacks }) => lacks),
    [['name'], ['permission', 'zone']],
  )
})

test('roles: administrators have what people need, and nobody else writes access', () => {
  for (const role of Object.keys(ROLE_PERMISSIONS)) assert.ok(isRole(role))
  assert.ok(!isRole('root') && !isRole('toString'))
  const programs = new Set(['progress.report', 'release.follow'])
  for (const permission of PERMISSIONS)
    assert.equal(ROLE_PERMISSIONS.administrator.has(permission), !programs.has(permission), permission)
  for (const [role, permissions] of Object.entries(ROLE_PERMISSIONS))
    assert.equal(permissions.has('access.write'), role === 'administrator', role)
})

test('the apex comes with roles over whole zones unless names or types are named', () => {
  assert.ok(apexByDefault('zone-owner', everyName, []))
  assert.ok(!apexByDefault('editor', everyName, []))
  assert.ok(!apexByDefault('zone-owner', everyName, [TYPE.A]))
  assert.ok(!apexByDefault('zone-owner', parseNamePattern('www'), []))
  assert.ok(!apexByDefault(undefined, everyName, []))
})

const arbGrant: fc.Arbitrary<Grant> = fc
  .record({
    role: fc.constantFrom(...(Object.keys(ROLE_PERMISSIONS) as Role[])),
    zones: fc.constantFrom('*', 'example.org.', '*.org.', '*.example.org.', 'other.'),
    names: fc.constantFrom('*', '*', '@', 'a', '*.a', 'a.*'),
    types: fc.constantFrom([], [], [TYPE.A], [TYPE.SOA, TYPE.NS]),
    apex: fc.boolean(),
  })
  .map(({ role, ...over }) => grant(role, over))
const arbTarget: fc.Arbitrary<Target> = fc.oneof(
  fc.constant<Target>({}),
  fc.constant<Target>({ zone }),
  fc.tuple(arbName(zone), fc.constantFrom(TYPE.A, TYPE.SOA, TYPE.NS)).map(([owner, type]) => ({ zone, owner, type })),
)
const arbPermission = fc.constantFrom(...PERMISSIONS)

test('a further grant never takes anything away, and the order of grants never matters', () => {
  fc.assert(
    fc.property(fc.array(arbGrant), arbGrant, arbPermission, arbTarget, (grants, more, permission, target) => {
      const before = allows({ grants }, permission, target)
      if (before) assert.ok(allows({ grants: [more, ...grants] }, permission, target))
      assert.equal(allows({ grants: grants.toReversed() }, permission, target) !== undefined, before !== undefined)
      const { grant: by, misses } = explain({ grants }, permission, target)
      assert.equal(by, before)
      assert.ok(before || misses.every(({ lacks }) => lacks.length > 0))
    }),
  )
})

test('among many grants the one for the zone is found, as it is among few', () => {
  fc.assert(
    fc.property(fc.array(arbGrant, { maxLength: 8 }), arbPermission, arbTarget, (grants, permission, target) => {
      const crowd = Array.from({ length: 40 }, (_, i) => grant('zone-owner', { zones: `z${i}.example.` }))
      // What is of oneself any of the crowd gives.
      const wanted = permission === 'access.self' || allows({ grants }, permission, target) !== undefined
      assert.equal(allows({ grants: [...crowd, ...grants] }, permission, target) !== undefined, wanted)
    }),
  )
})

test('what the grants allow for something is among what they give for anything', () => {
  fc.assert(
    fc.property(fc.array(arbGrant), arbPermission, arbTarget, (grants, permission, target) => {
      const by = allows({ grants }, permission, target)
      if (by) assert.ok(gives(by, permission) && permissionsOf(grants).has(permission))
      if (!concernsZone(permission)) assert.equal(permissionsOf(grants).has(permission), by !== undefined)
    }),
  )
})

test('a restricted grant gives no whole zone and no RRset beyond it', () => {
  const wide = new Set(['zone.import', 'zone.delete', 'zone.write', 'zone.restore', 'zone.force', 'zone.create', 'history.purge'])
  fc.assert(
    fc.property(arbGrant, arbTarget, (given, target) => {
      if (!isRestricted(given)) return
      for (const permission of wide) assert.equal(allows({ grants: [given] }, permission, target), undefined)
      if (target.owner === undefined) assert.equal(allows({ grants: [given] }, 'record.write', target), undefined)
    }),
  )
})

test('the whole of a role over every zone allows what the role has, anywhere', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...(Object.keys(ROLE_PERMISSIONS) as Role[])),
      arbPermission,
      arbTarget,
      (role, permission, target) => {
        const given = roleGrant(role)
        assert.equal(given.zones, everyZone)
        assert.equal(allows({ grants: [given] }, permission, target) === given, ROLE_PERMISSIONS[role].has(permission))
        assert.equal(permissionsOf([given]), ROLE_PERMISSIONS[role])
      },
    ),
  )
})

test('an owner outside the zone is nobody’s', () => {
  const owner: Name = parseName('www.example.net.')
  assert.equal(allows({ grants: [acme] }, 'record.write', { zone, owner, type: TYPE.TXT }), undefined)
})
