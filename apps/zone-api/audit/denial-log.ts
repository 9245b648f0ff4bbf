/** Denied calls on their way to the audit log: counted together and written now and then, so that a flood costs little. */
import { targetTexts } from '@zonecast/access'
import type { Denied } from '@zonecast/rpc'
import type { Clock, Logger } from '@zonecast/runtime'
import type { AuditLog, Denial } from '../database/audit-port.ts'

/** Denials alike within this time are one row. */
const writeEveryMs = 1_000
/** Rows of one principal written at once; whatever else it is denied meanwhile is counted in one more for each reason. */
const mostRowsEach = 20
/** Of all together: beyond it each principal has those that are counted alone. */
const mostRows = 1_000
/** Principals that are kept apart; those that come later in the same time are counted together. */
const mostPrincipals = 1_000
/** Stands for the methods, and the principals, that are counted together. */
const others = '*'
/** All calls without a principal are one: whose name they claim is for anybody to choose. */
const nobody = ''

type Row = { -readonly [Name in keyof Denial]: Denial[Name] }
type What = Omit<Denial, 'atMs' | 'lastAtMs' | 'count'>

export interface DenialLogPorts {
  readonly database: Pick<AuditLog, 'noteDenials'>
  readonly clock: Clock
  readonly log: Pick<Logger, 'warn'>
}

export class DenialLog {
  readonly #ports: DenialLogPorts
  #rows = new Map<string, Row>()
  /** How many rows each principal has. */
  #rowsOf = new Map<string, number>()
  #timer: { cancel(): void } | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(ports: DenialLogPorts) {
    this.#ports = ports
  }

  /** Costs the caller a look into a map or two. */
  note({ method, principal, claimed = '', reason, fault = '', permission, target = {} }: Denied): void {
    const atMs = this.#ports.clock.now()
    const { zone = '', rrset = '' } = targetTexts(target)
    const what = { principal: principal?.name ?? claimed, method: method.name, reason, fault, permission, zone, rrset }
    const row = this.#rows.get(keyOf(what)) ?? this.#rowFor(principal?.name ?? nobody, what, atMs)
    row.count++
    row.lastAtMs = atMs
    this.#timer ??= this.#ports.clock.schedule(writeEveryMs, () => void this.write())
  }

  /** A row of its own where there is room; else the one that counts the rest. */
  #rowFor(name: string, what: What, atMs: number): Row {
    const rows = this.#rowsOf.get(name)
    const isApart = rows !== undefined || name === nobody || this.#rowsOf.size < mostPrincipals
    const fits = isApart && (rows ?? 0) < mostRowsEach && this.#rows.size < mostRows
    if (isApart) this.#rowsOf.set(name, (rows ?? 0) + (fits ? 1 : 0))
    if (fits) return this.#add(what, atMs)
    const principal = isApart && name !== nobody ? name : others
    const rest = { principal, method: others, reason: what.reason, fault: '', permission: '', zone: '', rrset: '' }
    return this.#rows.get(keyOf(rest)) ?? this.#add(rest, atMs)
  }

  #add(what: What, atMs: number): Row {
    const row = { ...what, atMs, lastAtMs: atMs, count: 0 }
    this.#rows.set(keyOf(what), row)
    return row
  }

  /** Writes what is there, behind the write that is on its way: until then more is counted in the same rows. */
  write(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#flush())
    return this.#writing
  }

  close(): Promise<void> {
    return this.write()
  }

  async #flush(): Promise<void> {
    const rows = [...this.#rows.values()]
    this.#rows = new Map()
    this.#rowsOf = new Map()
    if (rows.length === 0) return
    try {
      await this.#ports.database.noteDenials(rows)
    } catch (error) {
      this.#ports.log.warn({ err: error, denials: rows }, 'denied calls could not be written to the audit log')
    }
  }
}

function keyOf({ principal, method, reason, fault, permission, zone, rrset }: What): string {
  return JSON.stringify([principal, method, reason, fault, permission, zone, rrset])
}
