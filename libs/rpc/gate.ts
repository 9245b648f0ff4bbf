/** The gate that every call passes before any handler runs and before any body is read. */
import type { DescMethod, DescService } from '@bufbuild/protobuf'
import { Code, type HandlerContext } from '@connectrpc/connect'
import { CredentialRefusal, notInForce, permissionDenied } from './access-errors.ts'
import { internal, Refusal, toConnectError } from './errors.ts'
import { AUTHENTICATED, type Denied, deniedKey, type Guard, permissionOf, type Principal, principalKey } from './guard.ts'
import { OpenStreams, standingKey } from './open-streams.ts'
import { callerKey, type Presented, presentedBy } from './presented.ts'

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
  /** Streams of one principal that may be open at once; absent means any number. */
  readonly streamsPerPrincipal?: number
}

/** Together with how long a guard remembers it must stay below the 5 s within which a withdrawn credential counts for nothing. */
const defaultLookEveryMs = 1_000

/** What the gate looks at; the caller is in its values. */
export type GateCall = Pick<HandlerContext, 'service' | 'method' | 'values'>

/** A gate for Connect's handlers: it admits a call, or throws. Unary calls and streams pass through the same one. */
export function createGate(options: GateOptions): (context: GateCall) => void | Promise<void> {
  const gate = new Gate(options)
  return (context) => gate.pass(context)
}

class Gate {
  readonly #options: GateOptions
  readonly #open: ReadonlySet<string>
  readonly #anyCredential: ReadonlySet<string>
  readonly #streams: OpenStreams
  /** The permission that each method takes. */
  readonly #needed = new WeakMap<DescMethod, string>()

  constructor(options: GateOptions) {
    this.#options = options
    this.#open = new Set(options.open.map(({ typeName }) => typeName))
    this.#anyCredential = new Set(options.authenticated.map(({ typeName }) => typeName))
    this.#streams = new OpenStreams(options.lookEveryMs ?? defaultLookEveryMs, options.streamsPerPrincipal)
  }

  pass(context: GateCall): void | Promise<void> {
    const { method, service } = context
    if (this.#open.has(service.typeName)) return
    const wanted = this.#permissionFor(method)
    if (wanted === '') return this.#refuse(method, internal(new Error(`${method.name} has no permission`)))
    const { guard } = this.#options
    const { presented, peer } = this.#presented(context)
    if (presented === undefined) return this.#admit({ context, wanted, shown: 'none' }, guard.anonymous)
    const again = async () => {
      const found = await askedOf(guard, presented, peer, method)
      const refusal = this.#judge({ method, wanted, principal: found, shown: presented.kind })
      if (refusal) throw refusal
      return found as Principal
    }
    const asked: Asked = { context, wanted, shown: presented.kind, again }
    const principal = askedOf(guard, presented, peer, method)
    if (!(principal instanceof Promise)) return this.#admit(asked, principal)
    return principal.then(
      (found) => this.#admit(asked, found),
      (error: unknown) => {
        this.#tell(method, error)
        return this.#refuse(method, error instanceof Refusal ? error : internal(error))
      },
    )
  }

  #permissionFor(method: DescMethod): string {
    let wanted = this.#needed.get(method)
    if (wanted === undefined) {
      wanted = this.#anyCredential.has(method.parent.typeName) ? AUTHENTICATED : permissionOf(method)
      this.#needed.set(method, wanted)
    }
    return wanted
  }

  #presented({ method, values }: GateCall): ReturnType<typeof presentedBy> {
    try {
      return presentedBy(values.get(callerKey) ?? { rawHeaders: [], socket: undefined })
    } catch (error) {
      if (!(error instanceof Refusal)) return this.#refuse(method, internal(error))
      const { message: fault } = error
      this.#options.denied?.({ method, principal: undefined, reason: 'CREDENTIAL_MALFORMED', fault, permission: '' })
      return this.#refuse(method, error)
    }
  }

  #admit({ context, wanted, shown, again }: Asked, principal: Principal | undefined): void {
    const { method, values } = context
    const refusal = this.#judge({ method, wanted, principal, shown })
    if (refusal) return this.#refuse(method, refusal)
    const { denied } = this.#options
    values.set(principalKey, principal)
    if (denied) values.set(deniedKey, denied)
    if (method.methodKind === 'unary' || !again) return
    const changed = (now: Principal) => void values.set(principalKey, now)
    const full = this.#streams.refusalOf(principal!)
    if (full) return this.#refuse(method, full)
    values.set(standingKey, this.#streams.add({ principal: principal!, again, changed }))
  }

  /** Gives the refusal of a caller that may not call. */
  #judge({ method, wanted, principal, shown }: Judged): Refusal | undefined {
    const { denied } = this.#options
    if (!principal) {
      denied?.({ method, principal, reason: 'CREDENTIAL_INVALID', fault: faults[shown], permission: '' })
      return notInForce(shown)
    }
    if (wanted === AUTHENTICATED || principal.permissions.has(wanted)) return undefined
    denied?.({ method, principal, reason: 'PERMISSION_MISSING', permission: wanted })
    return permissionDenied(wanted)
  }

  /** What a guard refuses itself. */
  #tell(method: DescMethod, error: unknown): void {
    if (!(error instanceof Refusal)) return
    const reason = error.code === Code.Unauthenticated ? 'CREDENTIAL_INVALID' : 'TOO_MANY_ATTEMPTS'
    if (reason === 'TOO_MANY_ATTEMPTS' && error.code !== Code.ResourceExhausted) return
    const { claimed = '', fault = error.message } = error instanceof CredentialRefusal ? error : {}
    this.#options.denied?.({ method, principal: undefined, reason, permission: '', claimed, fault })
  }

  #refuse(method: DescMethod, refusal: Refusal): never {
    this.#options.refused?.(method, refusal)
    throw toConnectError(refusal)
  }
}

type Shown = Presented['kind'] | 'none'

/** For the audit log, where a guard says no more than that it knows nobody. */
const faults: Readonly<Record<Shown, string>> = {
  none: 'no credential',
  token: 'an unknown token',
  password: 'an unknown name or a wrong password',
  certificate: 'an unknown client certificate',
}

interface Judged {
  readonly method: DescMethod
  readonly wanted: string
  readonly principal: Principal | undefined
  readonly shown: Shown
}

/** A call whose caller is asked for. */
interface Asked {
  readonly context: GateCall
  readonly wanted: string
  readonly shown: Shown
  readonly again?: () => Promise<Principal>
}

function askedOf(
  ...[guard, presented, peer, method]: [Guard, ...Parameters<Guard['authenticate']>]
): ReturnType<Guard['authenticate']> {
  try {
    return guard.authenticate(presented, peer, method)
  } catch (error) {
    return Promise.reject(error as Error)
  }
}
