/** Principals, grants and credentials between messages and records. */
import { create } from '@bufbuild/protobuf'
import { type Timestamp, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt'
import {
  apexByDefault,
  formatNamePattern,
  formatZonePattern,
  type Grant,
  isOfOneself,
  isRole,
  parseNamePattern,
  parseZonePattern,
  PatternError,
  PERMISSIONS,
  type Role,
  ROLE_PERMISSIONS,
  whyNothing,
} from '@zonecast/access'
import {
  type Principal as PrincipalMessage,
  PrincipalSchema,
} from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { type Credential, CredentialKind, CredentialSchema } from '@zonecast/contract/generated/zonecast/access/v1/credential_pb'
import {
  type Grant as GrantMessage,
  GrantSchema,
  type GrantSpec,
  GrantSpecSchema,
} from '@zonecast/contract/generated/zonecast/access/v1/grant_pb'
import { type Account, AccountSchema, PrincipalKind } from '@zonecast/contract/generated/zonecast/access/v1/principal_pb'
import { typeFromText, typeToText } from '@zonecast/dns'
import { invalidRequest, type Principal } from '@zonecast/rpc'
import type {
  CredentialRecord,
  GrantInput,
  GrantRecord,
  Identity,
  PrincipalKind as Kind,
} from '../database/access/access-port.ts'

/** Of the zones that somebody owns, so that they fit a message. */
const mostOwned = 100
const mostGrants = 1_000
const ownerPrefix = 'owner-'

const kindMessages = {
  person: PrincipalKind.PERSON,
  service: PrincipalKind.SERVICE,
  edge: PrincipalKind.EDGE,
  publisher: PrincipalKind.PUBLISHER,
  'transfer-agent': PrincipalKind.TRANSFER_AGENT,
} as const
export const kinds: Readonly<Record<number, Kind>> = Object.fromEntries(
  Object.entries(kindMessages).map(([kind, message]) => [message, kind as Kind]),
)
const credentialKinds = {
  token: CredentialKind.TOKEN,
  password: CredentialKind.PASSWORD,
  certificate: CredentialKind.CERTIFICATE,
} as const

/** Whom another program was shown; it decides by permissions alone. */
export function principalToMessage({ name, role, permissions, edgeId = '', placements = [] }: Principal): PrincipalMessage {
  return create(PrincipalSchema, { name, role, permissions: [...permissions].toSorted(), edgeId, placements: [...placements] })
}

/** A caller as it sees itself. */
export function selfToMessage(principal: Principal): PrincipalMessage {
  const { name, grants } = principal
  const owned = grants.filter(({ id }) => id.startsWith(ownerPrefix))
  const given = grants.filter(({ id }) => !id.startsWith(ownerPrefix))
  return Object.assign(principalToMessage(principal), {
    grants: given.slice(0, mostGrants).map((grant) => grantToMessage(name, grant)),
    ownedZones: owned.slice(0, mostOwned).map(({ zones }) => formatZonePattern(zones)),
    ownedZoneCount: BigInt(owned.length),
  })
}

export function grantToMessage(principal: string, { id, role, permissions, zones, names, types, apex }: Grant): GrantMessage {
  const spec = create(GrantSpecSchema, {
    ...(role ? { role } : { permissions: [...permissions].toSorted() }),
    zones: formatZonePattern(zones),
    names: formatNamePattern(names),
    types: [...types].map(typeToText),
    apex,
  })
  return create(GrantSchema, { id, principal, spec })
}

export function recordToMessage({ id, principal, createdAtMs, createdBy, ...input }: GrantRecord): GrantMessage {
  const { role, permissions, zones, names, types, apex } = input
  const given = { role, permissions: [...permissions] }
  const spec = create(GrantSpecSchema, { ...given, zones, names, types: types.map(typeToText), apex })
  return create(GrantSchema, { id, principal, spec, createdAt: timestampFromMs(createdAtMs), createdBy })
}

export function accountToMessage({ principal, grants, owned }: Identity): Account {
  const { name, kind, display, disabled, isBootstrap: bootstrap, placements, createdAtMs, createdBy } = principal
  return create(AccountSchema, {
    name,
    display,
    disabled,
    bootstrap,
    placements: [...placements],
    createdBy,
    kind: kindMessages[kind],
    createdAt: timestampFromMs(createdAtMs),
    grants: grants.slice(0, mostGrants).map(recordToMessage),
    ownedZones: owned.slice(0, mostOwned),
    ownedZoneCount: BigInt(owned.length),
  })
}

export function credentialToMessage(record: CredentialRecord): Credential {
  const { id, principal, kind, label, fingerprint, subject, createdBy } = record
  return create(CredentialSchema, {
    id,
    principal,
    label,
    fingerprint,
    subject,
    createdBy,
    kind: credentialKinds[kind],
    createdAt: timestampFromMs(record.createdAtMs),
    ...(record.expiresAtMs > 0 && { expiresAt: timestampFromMs(record.expiresAtMs) }),
    ...(record.lastUsedAtMs > 0 && { lastUsedAt: timestampFromMs(record.lastUsedAtMs) }),
    ...(record.revokedAtMs > 0 && { revokedAt: timestampFromMs(record.revokedAtMs) }),
  })
}

export function msOf(time: Timestamp | undefined): number {
  return time ? timestampMs(time) : 0
}

/** A grant as a request writes it, in the form in which it is kept. */
export function grantFrom(spec: GrantSpec, field: string): GrantInput {
  const { role, permissions } = spec
  if ((role === '') === (permissions.length === 0)) throw invalid(field, role, 'name a role, or permissions, and not both')
  if (role !== '' && !isRole(role))
    throw invalid(`${field}.role`, role, `there is no role ${role}; roles are ${Object.keys(ROLE_PERMISSIONS).join(', ')}`)
  const unknown = permissions.find((permission) => !PERMISSIONS.includes(permission))
  if (unknown !== undefined) throw invalid(`${field}.permissions`, unknown, `there is no permission ${unknown}`)
  const zones = patternOf(`${field}.zones`, spec.zones, parseZonePattern)
  const names = patternOf(`${field}.names`, spec.names || '*', parseNamePattern)
  const types = spec.types.map((text) => typeOf(`${field}.types`, text))
  const apex = spec.apex ?? apexByDefault(role === '' ? undefined : (role as Parameters<typeof apexByDefault>[0]), names, types)
  demandSomething({ zones, names, types: new Set(types), apex }, spec, field)
  const covers = { zones: formatZonePattern(zones), names: formatNamePattern(names), types: [...new Set(types)], apex }
  return { role, permissions: [...new Set(permissions)].toSorted(), ...covers }
}

/** Refuses a permission that such a grant never gives, and a role of which it gives nothing. */
function demandSomething(covers: Omit<Grant, 'id' | 'permissions'>, { role, permissions }: GrantSpec, field: string): void {
  for (const permission of permissions) {
    const why = whyNothing(covers, permission)
    if (why)
      throw invalid(`${field}.permissions`, permission, `${permission} ${nothingTexts[why](formatZonePattern(covers.zones))}`)
  }
  if (role === '') return
  const own = [...ROLE_PERMISSIONS[role as Role]].filter((permission) => !isOfOneself(permission))
  if (own.some((permission) => whyNothing(covers, permission) === undefined)) return
  const [why] = own.map((permission) => whyNothing(covers, permission)!)
  const message = `nothing of the role ${role} would be given: ${own[0]} ${nothingTexts[why!](formatZonePattern(covers.zones))}`
  throw invalid(`${field}.role`, role, message)
}

const nothingTexts = {
  zones: (zones: string) => `concerns no zone, and is given by a grant over the zones * alone, not ${zones}`,
  whole: () =>
    'is about zones as wholes, and is given by a grant over all names and types and the apex alone: leave out names and types, and include the apex',
  all: () =>
    'concerns no zone, and is given by a grant over all names and types and the apex alone: leave out names and types, and include the apex',
  soa: () =>
    'would be for the SOA alone, which stands at the apex and nowhere else: name @ or *, and include the apex (RFC 1035 §4.3.4)',
  apex: () => 'would be for the SOA and NS of the apex alone, which this grant leaves out: include the apex',
}

function patternOf<Pattern>(field: string, text: string, parse: (text: string) => Pattern): Pattern {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    throw invalid(field, text, error.message)
  }
}

function typeOf(field: string, text: string): number {
  const type = typeFromText(text)
  if (type === undefined) throw invalid(field, text, `${text} is no RR type`)
  return type
}

function invalid(field: string, subject: string, message: string) {
  return invalidRequest([{ field, reason: 'GRANT_INVALID', subject, message }])
}
