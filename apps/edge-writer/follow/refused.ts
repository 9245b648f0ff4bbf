/** Zones whose last release was refused. */
import type { FollowRequest } from '@zonecast/sync'
import { compareStates } from '@zonecast/zone'

/** More are not remembered: whoever has so many looks at the log. */
const largest = 10_000

/** Reads along what the publishers are told. */
export class Refused {
  readonly #zones = new Map<string, string>()

  /** Zone → reason. */
  get zones(): ReadonlyMap<string, string> {
    return this.#zones
  }

  told(message: FollowRequest): void {
    if (message.kind === 'ack') this.#zones.delete(message.zone)
    else if (message.kind === 'have') this.#satisfied(message.entries)
    else if (message.kind === 'nack' && message.reason !== 'DAMAGED') this.#refused(message)
  }

  /** A state of the zone was applied, whether or not anybody is told. */
  over(zone: string): void {
    this.#zones.delete(zone)
  }

  #satisfied(entries: Extract<FollowRequest, { kind: 'have' }>['entries']): void {
    if (this.#zones.size === 0) return
    for (const { zone, satisfied } of entries) if (satisfied) this.#zones.delete(zone)
  }

  #refused({ zone, reason, detail, have, refused }: Extract<FollowRequest, { kind: 'nack' }>): void {
    const isThere = have !== undefined && compareStates(have, refused) >= 0 && reason !== 'DIGEST_MISMATCH'
    // The fence has done its work, and a wrong guess of the base is mended at once: neither keeps a zone back.
    if (isThere) this.#zones.delete(zone)
    else if (reason !== 'BASE_MISMATCH' && (this.#zones.size < largest || this.#zones.has(zone))) {
      this.#zones.set(zone, detail === '' ? reason : `${reason}: ${detail.slice(0, 500)}`)
    }
  }
}
