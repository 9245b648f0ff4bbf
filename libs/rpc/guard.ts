/** Who stands behind a call, and what it may do. */
import { type DescMethod, getOption, hasOption } from '@bufbuild/protobuf'
import { Code, createContextKey, type HandlerContext } from '@connectrpc/connect'
import { allows, type Grant, permissionsOf, type Role, roleGrant, type Target } from '@zonecast/access'
import { permission } from '@zonecast/contract/generated/zonecast/access/v1/permission_pb'
import { type CredentialRefusal, permissionDenied } from './access-errors.ts'
import type { Refusal } from './errors.ts'
import { type Peer, peerOf } from './peer.ts'
import { callerKey, type Presented } from './presented.ts'

/** Who stands behind a credential. */
export interface Principal {
  readonly name: string
  readonly role: Role
  /** What the grants give for anything at all: enough to turn a call away, and not to admit it. */
  readonly permissions: ReadonlySet<string>
  readonly grants: readonly Grant[]
  /** The edge a credential belongs to, and what that edge may follow. */
  readonly edgeId?: string
  readonly placements?: readonly string[]
}

/** A principal that has a role over everything. */
export function principalOfRole(name: string, role: Role): Principal {
  const grants = [roleGrant(role)]
  return { name, role, grants, permissions: permissionsOf(grants) }
}

/** Knows credentials. */
export interface Guard {
  /** Undefined where the credential is not in force; a refusal says more. */
  authenticate(presented: Presented, peer: Peer, method?: DescMethod): Promise<Principal | undefined> | Principal | undefined
  /** Who a call without a credential speaks for. No program of ours has one: such calls are refused. */
  readonly anonymous?: Principal
  /** Called when its server has closed. */
  close?(): Promise<void>
}

/** What any valid credential may call. */
export const AUTHENTICATED = 'authenticated'

/** Carries the caller from the gate to the handler, and who is told of denials there. */
export const principalKey = createContextKey<Principal | undefined>(undefined)
export const deniedKey = createContextKey<((denied: Denied) => void) | undefined>(undefined)

/** A call that was denied, and to whom. */
export interface Denied {
  readonly method: DescMethod
  /** Undefined where the credential was missing or is not in force. */
  readonly principal: Principal | undefined
  readonly reason: 'CREDENTIAL_INVALID' | 'CREDENTIAL_MALFORMED' | 'TOO_MANY_ATTEMPTS' | 'PERMISSION_MISSING'
  /** The principal that a caller claimed to be whose credential is not in force. */
  readonly claimed?: string
  /** What was wrong with a credential, which the caller is not told; empty where nobody knows. */
  readonly fault?: string
  /** The permission that was missing. */
  readonly permission: string
  /** What it was wanted for, where the permission alone is not what was missing. */
  readonly target?: Target
}

/** The caller; a handler that is not open to everybody always has one. */
export function principalOf(context: Pick<HandlerContext, 'values'>): Principal {
  const principal = context.values.get(principalKey)
  if (!principal) throw new Error('no principal: this method is open to everybody')
  return principal
}

/** From where a call came. */
export function callerPeer(context: Pick<HandlerContext, 'values'>): Peer {
  return peerOf(context.values.get(callerKey)?.socket)
}

/** For what a method's permission alone cannot decide: the zone, the RRset, or a permission such as `zone.force`. */
export function requirePermission(
  context: Pick<HandlerContext, 'values' | 'method'>,
  wanted: string,
  target: Target = {},
): Principal {
  const principal = principalOf(context)
  if (allows(principal, wanted, target)) return principal
  throw denial(context, wanted, target)
}

/** Tells of a denial, and gives what the caller is told: `said`, where the permission alone is not the way out. */
export function denial(
  context: Pick<HandlerContext, 'values' | 'method'>,
  wanted: string,
  target: Target = {},
  said?: string,
): Refusal {
  const { method, values } = context
  const principal = principalOf(context)
  values.get(deniedKey)?.({ method, principal, reason: 'PERMISSION_MISSING', permission: wanted, target })
  return permissionDenied(wanted, said, target)
}

/** Tells of a secret that a call showed beside the credential that admitted it, and that was wrong or not looked at. */
export function tellOfSecret(context: Pick<HandlerContext, 'values' | 'method'>, { code, fault }: CredentialRefusal): void {
  const { method, values } = context
  const reason = code === Code.ResourceExhausted ? 'TOO_MANY_ATTEMPTS' : 'CREDENTIAL_INVALID'
  values.get(deniedKey)?.({ method, principal: principalOf(context), reason, fault, permission: '' })
}

/** The permission a method's option names; empty where it has none, which no call passes. */
export function permissionOf(method: DescMethod): string {
  return hasOption(method, permission) ? getOption(method, permission) : ''
}
