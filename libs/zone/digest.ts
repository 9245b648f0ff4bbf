/** The digest of a version, algorithm 1: a sum over its RRs and settings. */
import { pageCount, rrAt } from './page.ts'
import { latin1Of, type Sha256, Sum256 } from './sum256.ts'
import { unpackRRs } from './delta.ts'
import type { Delta } from './types.ts'

/** `digest_algorithm` of the digests made here. */
export const digestAlgorithm = 1

/**
 * The sum modulo 2²⁵⁶ of SHA-256 over each RR as stored, the SOA included, plus SHA-256(FF ‖ settings). It finds faults, not
 * forgers.
 */
export class DigestSum {
  readonly #sum: Sum256
  readonly #sha256: Sha256

  constructor(sha256: Sha256, start?: Uint8Array) {
    this.#sha256 = sha256
    this.#sum = new Sum256(start)
  }

  /** Goes on from a digest of 32 octets. */
  static from(digest: Uint8Array, sha256: Sha256): DigestSum {
    return new DigestSum(sha256, digest)
  }

  add(stored: Uint8Array): void {
    this.#sum.add(this.#sha256(stored))
  }

  subtract(stored: Uint8Array): void {
    this.#sum.subtract(this.#sha256(stored))
  }

  /** Adds what another sum came to: sums may be worked out apart, in any order. */
  addSum(digest: Uint8Array): void {
    this.#sum.add(latin1Of(digest))
  }

  /** Adds every RR of a page that was scanned before. */
  addPage(page: Uint8Array): void {
    const count = pageCount(page)
    for (let i = 0; i < count; i++) this.add(rrAt(page, i))
  }

  /** Takes out what a delta removes and puts in what it adds; throws WireError when it is malformed. */
  applyDelta(delta: Delta): void {
    for (const stored of unpackRRs(delta.removed)) this.subtract(stored)
    for (const stored of unpackRRs(delta.added)) this.add(stored)
  }

  addSettings(settings: Uint8Array): void {
    this.add(settingsTerm(settings))
  }

  subtractSettings(settings: Uint8Array): void {
    this.subtract(settingsTerm(settings))
  }

  /** The digest: 32 octets, big-endian. */
  bytes(): Uint8Array {
    return this.#sum.bytes()
  }
}

/** What is hashed for the settings: FF, which begins no owner name, then the settings as carried. */
export function settingsTerm(settings: Uint8Array): Uint8Array {
  const term = new Uint8Array(1 + settings.length)
  term[0] = 0xff
  term.set(settings, 1)
  return term
}

/** What a version changes; without the old SOA and settings it starts from nothing, whose digest is 32 octets 00. */
export interface DigestChange {
  readonly delta: Delta
  readonly oldSoa?: Uint8Array | undefined
  readonly newSoa: Uint8Array
  readonly oldSettings?: Uint8Array | undefined
  readonly newSettings: Uint8Array
}

/** The digest after a change, in the cost of the change. */
export function applyDeltaToDigest(digest: Uint8Array, change: DigestChange, sha256: Sha256): Uint8Array {
  const sum = DigestSum.from(digest, sha256)
  sum.applyDelta(change.delta)
  if (change.oldSoa) sum.subtract(change.oldSoa)
  sum.add(change.newSoa)
  if (change.oldSettings) sum.subtractSettings(change.oldSettings)
  sum.addSettings(change.newSettings)
  return sum.bytes()
}

/** The digest of a whole version. */
export function digestOf(rrs: Iterable<Uint8Array>, soa: Uint8Array, settings: Uint8Array, sha256: Sha256): Uint8Array {
  const sum = new DigestSum(sha256)
  for (const stored of rrs) sum.add(stored)
  sum.add(soa)
  sum.addSettings(settings)
  return sum.bytes()
}
