/** What a store keeps at hand of a zone's newest version. */
import type { Directory } from './directory.ts'
import { zoneRecordKey, type StoredZone } from './layout.ts'
import type { KeptPages } from './page-memory.ts'
import type { StoreView } from './store-types.ts'

/** Most versions are never read, since the next one comes first or nobody asks: their views are never made. */
export class Use {
  readonly stored: StoredZone
  readonly directory: Directory
  /** The view whose pages are kept; made when a question comes. */
  answering: { readonly pages: KeptPages; readonly view: StoreView } | undefined
  readonly #make: (stored: StoredZone, directory: Directory) => StoreView
  #view: StoreView | undefined
  #recordKey: Uint8Array | undefined

  constructor(stored: StoredZone, directory: Directory, make: (stored: StoredZone, directory: Directory) => StoreView) {
    this.stored = stored
    this.directory = directory
    this.#make = make
  }

  get view(): StoreView {
    return (this.#view ??= this.#make(this.stored, this.directory))
  }

  get recordKey(): Uint8Array {
    return (this.#recordKey ??= zoneRecordKey(this.stored.apex))
  }
}
