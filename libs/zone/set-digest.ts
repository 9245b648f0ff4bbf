/** The set digest: a sum over the live heads of a shard and placement. */
import { foldName, type Name, parseName } from '@zonecast/dns'
import { type Sha256, Sum256 } from './sum256.ts'
import type { ZoneState } from './types.ts'

/** What one head adds. */
export interface HeadTerm {
  /** Zone key. */
  readonly zone: string
  readonly state: Pick<ZoneState, 'generation' | 'version' | 'digest'>
}

/** What is hashed for a head: zone in lower-cased wire form ‖ generation u64 ‖ version u64 ‖ digest, big-endian. */
export function headTerm(zone: Name, { generation, version, digest }: HeadTerm['state']): Uint8Array {
  const term = new Uint8Array(zone.length + 16 + digest.length)
  term.set(foldName(zone))
  const view = new DataView(term.buffer)
  view.setBigUint64(zone.length, generation)
  view.setBigUint64(zone.length + 8, version)
  term.set(digest, zone.length + 16)
  return term
}

/** Keeps the set digest while heads come, move and go; tombstones are not in it. */
export class SetDigest {
  readonly #sum = new Sum256()
  readonly #sha256: Sha256
  #zones = 0

  constructor(sha256: Sha256) {
    this.#sha256 = sha256
  }

  /** How many heads are in it. */
  get zones(): number {
    return this.#zones
  }

  add({ zone, state }: HeadTerm): void {
    this.#sum.add(this.#sha256(headTerm(parseName(zone), state)))
    this.#zones++
  }

  subtract({ zone, state }: HeadTerm): void {
    this.#sum.subtract(this.#sha256(headTerm(parseName(zone), state)))
    this.#zones--
  }

  bytes(): Uint8Array {
    return this.#sum.bytes()
  }
}
