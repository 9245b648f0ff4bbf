/** Streams outlive the look at their caller: while they are open it is taken again and again. */
import { Code, type ConnectError, createContextKey } from '@connectrpc/connect'
import type { Grant } from '@zonecast/access'
import { quotaExceeded, Refusal, toConnectError, unavailable } from './errors.ts'
import type { Principal } from './guard.ts'

/** A stream as long as it is open. */
export interface Standing {
  /** Aborted, with the error for the caller, when the stream has lost what it stood on. */
  readonly signal: AbortSignal
  /** The stream has ended: nobody is to look any more. */
  end(): void
}

/** Carries it from the gate to whoever runs the call. */
export const standingKey = createContextKey<Standing | undefined>(undefined)

export interface Stream {
  /** Who the caller was at first. */
  readonly principal: Principal
  /** Who the caller is now; throws the refusal of one that may no longer call. */
  readonly again: () => Promise<Principal>
  /** Told of a caller with other rights. */
  readonly changed: (principal: Principal) => void
}

interface Open extends Stream {
  held: Principal
  readonly controller: AbortController
  looking: boolean
}

/** Whoever has too many open is told to come back after so long: when one ends, nobody knows. */
const retryMs = 1_000

export class OpenStreams {
  readonly #open = new Set<Open>()
  /** How many each principal has open, by name. */
  readonly #counts = new Map<string, number>()
  readonly #everyMs: number
  readonly #mostEach: number
  #timer: NodeJS.Timeout | undefined

  constructor(everyMs: number, mostEach = Infinity) {
    this.#everyMs = everyMs
    this.#mostEach = mostEach
  }

  /** Why a principal may open no further one; undefined where it may. */
  refusalOf({ name: principal }: Principal): Refusal | undefined {
    const [limit, present] = [this.#mostEach, this.#counts.get(principal) ?? 0]
    if (present < limit) return undefined
    const message = `${principal} has ${present} streams open here, and no more than ${limit} may be; end some, or come back`
    return quotaExceeded({ principal, quota: 'open_streams', limit, present, retryMs }, message)
  }

  add(stream: Stream): Standing {
    const open = { ...stream, held: stream.principal, controller: new AbortController(), looking: false }
    this.#open.add(open)
    this.#count(open, 1)
    this.#timer ??= setInterval(() => this.look(), this.#everyMs).unref()
    return { signal: open.controller.signal, end: () => this.#forget(open) }
  }

  /** Looks at all of them. */
  look(): void {
    for (const open of this.#open) if (!open.looking) void this.#lookAt(open)
  }

  async #lookAt(open: Open): Promise<void> {
    open.looking = true
    try {
      const principal = await open.again()
      if (principal === open.held) return
      if (!keeps(open.held, principal)) return this.#end(open, toConnectError(moved()))
      open.held = principal
      open.changed(principal)
    } catch (error) {
      // What only says that nobody could be asked says nothing about the caller.
      const isLost = error instanceof Refusal && (error.code === Code.Unauthenticated || error.code === Code.PermissionDenied)
      if (isLost) this.#end(open, toConnectError(error))
    } finally {
      open.looking = false
    }
  }

  #end(open: Open, error: ConnectError): void {
    this.#forget(open)
    open.controller.abort(error)
  }

  #count({ principal: { name } }: Open, step: 1 | -1): void {
    const count = (this.#counts.get(name) ?? 0) + step
    if (count > 0) this.#counts.set(name, count)
    else this.#counts.delete(name)
  }

  #forget(open: Open): void {
    if (!this.#open.delete(open)) return
    this.#count(open, -1)
    if (this.#open.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

/** The stream may have been let go where it no longer may: what is decided anew is decided by a new call. */
function moved(): Refusal {
  return unavailable(100, 'what the caller may do has changed; call again')
}

/** True when nothing was taken away. */
function keeps(before: Principal, after: Principal): boolean {
  const same = before.name === after.name && before.edgeId === after.edgeId
  if (!same || JSON.stringify(before.placements) !== JSON.stringify(after.placements)) return false
  for (const permission of before.permissions) if (!after.permissions.has(permission)) return false
  const now = new Set(after.grants.map(textOf))
  return before.grants.every((grant) => now.has(textOf(grant)))
}

function textOf(grant: Grant): string {
  return JSON.stringify(grant, (_, value: unknown) => (value instanceof Set ? [...value] : value))
}
