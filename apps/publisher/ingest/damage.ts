/** Zones that the publisher's store does not hold as they were written: edges get nothing of them until they were fetched anew. */
import type { Logger } from '@zonecast/runtime'
import type { StoredZone, ZoneStore } from '@zonecast/zone-store'

export interface DamagePorts {
  readonly store: Pick<ZoneStore, 'get' | 'doubt'>
  readonly log: Logger
}

export class Damage {
  readonly #ports: DamagePorts
  readonly #watchers: ((zone: string) => void)[] = []
  /** Each with the content number that is damaged. */
  readonly #zones = new Map<string, number>()

  constructor(ports: DamagePorts) {
    this.#ports = ports
  }

  /** Calls back when there is one more, or one less. */
  watch(run: (zone: string) => void): void {
    this.#watchers.push(run)
  }

  get size(): number {
    return this.#zones.size
  }

  has(zone: string): boolean {
    return this.#zones.has(zone)
  }

  /** May be told often. */
  found(zone: string, reason: string): void {
    const { store, log } = this.#ports
    const stored = store.get(zone)
    if (stored === undefined || stored.header.state.deleted || this.#zones.get(zone) === stored.content) return
    this.#zones.set(zone, stored.content)
    log.error(
      { zone, version: String(stored.header.state.version), reason },
      'a zone is damaged in the store and is fetched anew',
    )
    store.doubt(zone)
    for (const run of this.#watchers) run(zone)
  }

  /** What stands in the store now; other content than what was damaged is whole. */
  stored({ zone, content }: StoredZone): void {
    const damaged = this.#zones.get(zone)
    if (damaged === undefined || damaged === content) return
    this.#zones.delete(zone)
    this.#ports.log.info({ zone }, 'a damaged zone is whole again')
    for (const run of this.#watchers) run(zone)
  }
}
