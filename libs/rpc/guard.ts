/** Who may call what: checked before any handler runs and before any body is read. */
import { type DescMethod, type DescService, getOption, hasOption } from '@bufbuild/protobuf'
import { Code, createContextKey, type HandlerContext } from '@connectrpc/connect'
import { allows, type Grant, permissionsOf, type Role, roleGrant, type Target } from '@zonecast/access'
import { permission } from '@zonecast/contract/generated/zonecast/access/v1/permission_pb'
import { CredentialRefusal, internal, permissionDenied, Refusal, toConnectError, unauthenticated } from './errors.ts'
import { OpenStreams, standingKey } from './open-streams.ts'
import type { Peer } from './peer.ts'
import { callerKey, type Presented, presentedBy } from './presented.ts'

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
  authenticate(presented: Presented, peer: Peer): Promise<Principal | undefined> | Principal | undefined
  /** Who a call without a credential speaks for. No program of ours has one: such calls are refused. */
  readonly anonymous?: Principal
  /** Called when its server has closed. */
  close?(): Promise<void>
}

/** What any valid credential may call. */
export const AUTHENTICATED = 'authenticated'

const principalKey = createContextKey<Principal | undefined>(undefined)
const deniedKey = createContextKey<GateOptions['denied']>(undefined)

/** A call that was denied, and to whom. */
export interface Denied {
  readonly method: DescMethod
  /** Undefined where the credential was missing or is not in force. */
  readonly principal: Principal | undefined
  readonly reason: 'CREDENTIAL_INVALID' | 'CREDENTIAL_MALFORMED' | 'TOO_MANY_ATTEMPTS' | 'PERMISSION_MISSING'
  /** The principal that a caller claimed to be whose credential is not in force. */
  readonly claimed?: string
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

/** Tells of a denial, and gives what the caller is told. */
export function denial(context: Pick<HandlerContext, 'values' | 'method'>, wanted: string, target: Target = {}): Refusal {
  const { method, values } = context
  const principal = principalOf(context)
  values.get(deniedKey)?.({ method, principal, reason: 'PERMISSION_MISSING', permission: wanted, target })
  return permissionDenied(wanted, undefined, target)
}

export interface GateOptions {
  readonly guard: Guard
  /** Services that need no credential. */
  readonly open: readonly DescService[]
  /** Services of others, which carry no permission: any valid credential may call them. */
  readonly authenticated: readonly DescService[]
  readonly refused?: (method: DescMethod, refusal: Refusal) => void
  /** Told of every call that is denied, here or by `requirePermission`. */
  readonly denied?: ((denied: Denied) => void) | undefined
  /** How often the callers of open streams are looked at. */
  readonly lookEveryMs?: number | undefined
}

/** Together with how long a guard remembers it must stay below the 5 s within which a withdrawn credential counts for nothing. */
const defaultLookEveryMs = 1_000

/** What the gate looks at; the caller is in its values. */
export type GateCall = Pick<HandlerContext, 'service' | 'method' | 'values'>

/** A gate for Connect's handlers: it admits a call, or throws. Unary calls and streams pass through the same one. */
export function createGate(options: GateOptions): (context: GateCall) => void | Promise<void> {
  const open = new Set(options.open.map(({ typeName }) => typeName))
  const { guard, denied } = options
  const streams = new OpenStreams(options.lookEveryMs ?? defaultLookEveryMs)
  const anyCredential = new Set(options.authenticated.map(({ typeName }) => typeName))
  const needed = new WeakMap<DescMethod, string>()
  const permissionFor = (method: DescMethod): string => {
    let wanted = needed.get(method)
    if (wanted === undefined) {
      wanted = anyCredential.has(method.parent.typeName) ? AUTHENTICATED : permissionOf(method)
      needed.set(method, wanted)
    }
    return wanted
  }
  const refuse = (method: DescMethod, refusal: Refusal): never => {
    options.refused?.(method, refusal)
    throw toConnectError(refusal)
  }
  /** Gives the refusal of a caller that may not call. */
  const judge = (method: DescMethod, wanted: string, principal: Principal | undefined): Refusal | undefined => {
    if (!principal) {
      denied?.({ method, principal, reason: 'CREDENTIAL_INVALID', permission: '' })
      return unauthenticated()
    }
    if (wanted === AUTHENTICATED || principal.permissions.has(wanted)) return undefined
    denied?.({ method, principal, reason: 'PERMISSION_MISSING', permission: wanted })
    return permissionDenied(wanted)
  }
  const admit = ({ context, wanted, again }: Asked, principal: Principal | undefined) => {
    const { method, values } = context
    const refusal = judge(method, wanted, principal)
    if (refusal) return refuse(method, refusal)
    values.set(principalKey, principal)
    if (denied) values.set(deniedKey, denied)
    if (method.methodKind === 'unary' || !again) return
    values.set(standingKey, streams.add({ principal: principal!, again, changed: (now) => void values.set(principalKey, now) }))
  }
  /** What a guard refuses itself. */
  const tell = (method: DescMethod, error: unknown) => {
    if (!(error instanceof Refusal)) return
    const reason = error.code === Code.Unauthenticated ? 'CREDENTIAL_INVALID' : 'TOO_MANY_ATTEMPTS'
    if (reason === 'TOO_MANY_ATTEMPTS' && error.code !== Code.ResourceExhausted) return
    const claimed = error instanceof CredentialRefusal ? error.claimed : ''
    denied?.({ method, principal: undefined, reason, permission: '', claimed })
  }
  const read = ({ method, values }: GateCall) => {
    try {
      return presentedBy(values.get(callerKey) ?? { rawHeaders: [], socket: undefined })
    } catch (error) {
      if (!(error instanceof Refusal)) return refuse(method, internal(error))
      denied?.({ method, principal: undefined, reason: 'CREDENTIAL_MALFORMED', permission: '' })
      return refuse(method, error)
    }
  }
  return (context) => {
    const { method } = context
    if (open.has(context.service.typeName)) return
    const wanted = permissionFor(method)
    if (wanted === '') return refuse(method, internal(new Error(`${method.name} has no permission`)))
    const { presented, peer } = read(context)
    if (presented === undefined) return admit({ context, wanted }, guard.anonymous)
    const again = async () => {
      const found = await askedOf(guard, presented, peer)
      const refusal = judge(method, wanted, found)
      if (refusal) throw refusal
      return found as Principal
    }
    const asked: Asked = { context, wanted, again }
    const principal = askedOf(guard, presented, peer)
    if (!(principal instanceof Promise)) return admit(asked, principal)
    return principal.then(
      (found) => admit(asked, found),
      (error: unknown) => {
        tell(method, error)
        return refuse(method, error instanceof Refusal ? error : internal(error))
      },
    )
  }
}

/** A call whose caller is asked for. */
interface Asked {
  readonly context: GateCall
  readonly wanted: string
  readonly again?: () => Promise<Principal>
}

function askedOf(guard: Guard, presented: Presented, peer: Peer): ReturnType<Guard['authenticate']> {
  try {
    return guard.authenticate(presented, peer)
  } catch (error) {
    return Promise.reject(error as Error)
  }
}

/** The permission a method's option names; empty where it has none, which no call passes. */
export function permissionOf(method: DescMethod): string {
  return hasOption(method, permission) ? getOption(method, permission) : ''
}
