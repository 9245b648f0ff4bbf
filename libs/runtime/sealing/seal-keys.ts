/** Seal keys from a file that is replaced while a program runs. */
import { statSync } from 'node:fs'
import type { Logger } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { readSealKeys } from './key-file.ts'
import { seal, type SealedPlace, sealedUnder, type SealKey, unseal } from './seal.ts'

/** There is no key to seal with, or not the one that opens. */
export class SealKeyMissing extends Error {
  override readonly name = 'SealKeyMissing'
  /** The key that is wanted; empty where any would do. */
  readonly keyId: string

  constructor(message: string, keyId = '') {
    super(message)
    this.keyId = keyId
  }
}

export interface Sealer {
  readonly keyId: string
  seal(secret: Uint8Array, place: SealedPlace): Uint8Array
}

export interface SealKeysOptions {
  /** Undefined where none is set. */
  readonly file: string | undefined
  readonly log: Logger
  readonly metrics: Metrics
}

/**
 * The newest keys that could be read. The file is looked at before each use, which costs a stat. One that cannot be used changes
 * nothing: what was read before stays in use, and the log tells of it once.
 */
export class SealKeys {
  readonly #file: string | undefined
  readonly #log: Logger
  #keys: readonly SealKey[] = []
  /** What the file looked like when it was read last. */
  #seen = ''
  #fault = ''

  constructor({ file, log, metrics }: SealKeysOptions) {
    this.#file = file
    this.#log = log
    metrics.gauge({
      name: 'zonecast_seal_keys',
      help: 'Seal keys that were read; with 0, no secret can be sealed or read.',
      collect: (gauge) => {
        this.#refresh()
        gauge.set(this.#keys.length)
      },
    })
    this.#refresh()
  }

  /** Ids in the order of the file. */
  get ids(): readonly string[] {
    this.#refresh()
    return this.#keys.map(({ id }) => id)
  }

  /** Seals under the key that is the first now, whatever becomes of the file meanwhile. Throws `SealKeyMissing`. */
  get sealer(): Sealer {
    this.#refresh()
    const [first] = this.#keys
    if (!first) throw new SealKeyMissing(`nothing can be sealed: ${this.#fault}`)
    return { keyId: first.id, seal: (secret, place) => seal(first, secret, place) }
  }

  /** Why the file cannot be used as it is; empty where it can. */
  get fault(): string {
    this.#refresh()
    return this.#fault
  }

  /** Throws `SealKeyMissing`, and `SealBroken` where no key can help. */
  unseal(sealed: Uint8Array, place: SealedPlace): Uint8Array {
    this.#refresh()
    const id = sealedUnder(sealed)
    const key = this.#keys.find((each) => each.id === id)
    if (!key) throw new SealKeyMissing(`${this.#where()} lacks the seal key ${id}; add it to the file`, id)
    return unseal(key, sealed, place)
  }

  #where(): string {
    return this.#keys.length > 0 ? `the seal key file ${this.#file}` : `this server (${this.#fault})`
  }

  #refresh(): void {
    if (this.#file === undefined) {
      this.#fault = 'no seal key file is set; name one with ZONECAST_SEAL_KEY_FILE'
      return
    }
    const seen = looksOf(this.#file)
    if (seen === this.#seen) return
    this.#seen = seen
    try {
      const before = this.#keys.map(({ id }) => id)
      this.#keys = readSealKeys(this.#file)
      const ids = this.#keys.map(({ id }) => id)
      this.#fault = ''
      if (String(ids) !== String(before)) this.#log.info({ file: this.#file, ids }, 'seal keys were read')
    } catch (error) {
      this.#fault = (error as Error).message
      const kept = this.#keys.length > 0 ? 'what was read before stays in use' : 'secrets cannot be sealed or read'
      this.#log.error({ file: this.#file }, `${this.#fault}; ${kept}`)
    }
  }
}

/** What changes when a file is written, replaced, or given other rights. */
function looksOf(file: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  }
}
