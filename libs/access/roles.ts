/** Permissions by name, and the roles that bring them. */

export type Role = 'viewer' | 'editor' | 'zone-owner' | 'operator' | 'publisher' | 'edge' | 'transfer-agent' | 'administrator'

/** Reading, by people and programs. */
const readable = ['zone.read', 'record.read', 'change.read', 'edge.read', 'content.read', 'event.read']
const viewer = [...readable, 'history.read', 'template.read', 'access.self']
const editor = [...viewer, 'record.write']
const zoneOwner = [
  ...editor,
  'zone.create',
  'zone.write',
  'zone.delete',
  'zone.import',
  'zone.force',
  'zone.restore',
  'zone.assign',
  'audit.read',
]
const operations = [
  'edge.write',
  'edge.reset',
  'template.write',
  'lineage.adopt',
  'audit.read',
  'access.read',
  'tsig.read',
  'tsig.write',
  'seal.read',
  'seal.rotate',
]
/** Whoever signs transfers has to have the secrets. */
const signing = ['tsig.read', 'tsig.reveal']

/** What each role brings. Reports and releases speak for a publisher or an edge, so not even administrators have those. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, ReadonlySet<string>>> = {
  viewer: new Set(viewer),
  editor: new Set(editor),
  'zone-owner': new Set(zoneOwner),
  operator: new Set([...viewer, ...operations]),
  publisher: new Set([...readable, 'progress.report', 'access.introspect', 'access.self']),
  edge: new Set(['release.follow', 'access.introspect', 'access.self']),
  'transfer-agent': new Set([
    ...readable,
    ...signing,
    'record.write',
    'zone.create',
    'zone.import',
    'access.introspect',
    'access.self',
  ]),
  administrator: new Set([...zoneOwner, ...operations, ...signing, 'history.purge', 'access.write', 'access.introspect']),
}

export function isRole(text: string): text is Role {
  return Object.hasOwn(ROLE_PERMISSIONS, text)
}

/** Every permission that a role brings, sorted. */
export const PERMISSIONS: readonly string[] = [
  ...new Set(Object.values(ROLE_PERMISSIONS).flatMap((permissions) => [...permissions])),
].toSorted()

/** Permissions whose object is no zone. Only a grant over every zone gives them. */
const ofNoZone = new Set([
  'edge.read',
  'edge.write',
  'edge.reset',
  'template.read',
  'template.write',
  'lineage.adopt',
  'access.read',
  'access.write',
  'access.introspect',
  'access.self',
  'progress.report',
  'release.follow',
  'tsig.read',
  'tsig.write',
  'tsig.reveal',
  'seal.read',
  'seal.rotate',
])
/** Of one's own principal: any grant that has it gives it, whatever its zones. */
const ofOneself = 'access.self'

export function isOfOneself(permission: string): boolean {
  return permission === ofOneself
}

/** Whether a grant over some zones can give it. */
export function isGivenBySome(permission: string): boolean {
  return isOfOneself(permission) || concernsZone(permission)
}

export function concernsZone(permission: string): boolean {
  return !ofNoZone.has(permission)
}

/** What a grant gives that is limited to names or types, or leaves out the SOA and NS of the apex. All else is about whole zones. */
const restrictable = new Set([...viewer, 'audit.read', 'record.write'])

export function givenToRestricted(permission: string): boolean {
  return restrictable.has(permission)
}
