/** Denied calls on their way to the audit log: counted together and written now and then, so that a flood costs little. */
import { targetTexts } from '@zonecast/access'
import type { Denied } from '@zonecast/rpc'
import type { Clock, Logger } from '@zonecast/runtime'
import type { AuditLog, Denial } from '../database/audit-port.ts'

/** Denials alike within this time are one row. */
const writeEveryMs = 1_000
/** Rows written at once; whatever else is denied meanwhile is counted in one more. */
const mostRows = 20
/** Stands for the principal and the method of those. */
const others = '*'

export interface DenialLogPorts {
  readonly database: Pick<AuditLog, 'noteDenials'>
  readonly clock: Clock
  readonly log: Pick<Logger, 'warn'>
}

export class DenialLog {
  readonly #ports: DenialLogPorts
  #rows = new Map<string, { -readonly [Name in keyof Denial]: Denial[Name] }>()
  #timer: { cancel(): void } | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(ports: DenialLogPorts) {
    this.#ports = ports
  }

  /** Costs the caller a look into a map. */
  note({ method, principal, claimed = '', reason, permission, target = {} }: Denied): void {
    const atMs = this.#ports.clock.now()
    const { zone = '', rrset = '' } = targetTexts(target)
    let denial = { principal: principal?.name ?? claimed, method: method.name, reason, permission, zone, rrset }
    let key = JSON.stringify(Object.values(denial))
    if (this.#rows.size >= mostRows && !this.#rows.has(key)) {
      denial = { principal: others, method: others, reason, permission: '', zone: '', rrset: '' }
      key = reason
    }
    const known = this.#rows.get(key)
    if (known) {
      known.count++
      known.lastAtMs = atMs
    } else this.#rows.set(key, { ...denial, atMs, lastAtMs: atMs, count: 1 })
    this.#timer ??= this.#ports.clock.schedule(writeEveryMs, () => void this.write())
  }

  /** Writes what is there. */
  write(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    const rows = [...this.#rows.values()]
    this.#rows = new Map()
    if (rows.length > 0) this.#writing = this.#writing.then(() => this.#note(rows))
    return this.#writing
  }

  close(): Promise<void> {
    return this.write()
  }

  async #note(rows: readonly Denial[]): Promise<void> {
    try {
      await this.#ports.database.noteDenials(rows)
    } catch (error) {
      this.#ports.log.warn({ err: error, denials: rows }, 'denied calls could not be written to the audit log')
    }
  }
}
