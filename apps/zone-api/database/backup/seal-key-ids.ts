/** The keys that the sealed secrets of a backup want: they are not in it. */
import type { Row } from './packed-rows.ts'

export class SealKeyIds {
  readonly #ids = new Set<string>()

  note(table: string, rows: readonly Row[]): void {
    if (table === 'secrets') for (const { seal_key: id } of rows) this.#ids.add(String(id))
  }

  get sorted(): readonly string[] {
    return [...this.#ids].toSorted()
  }
}
