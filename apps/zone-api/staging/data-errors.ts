/** What is wrong with the data of an import: the first errors, and how many there were. */

export interface DataError {
  /** Line and column in the zone file, from 1; 0 where the error has none. */
  readonly line: number
  readonly column: number
  /** The text at fault, cut to 200 characters. */
  readonly text: string
  readonly message: string
  /** A name of `zonecast.error.v1.Reason` without its prefix. */
  readonly reason: string
}

export interface DataErrors {
  readonly errors: readonly DataError[]
  readonly count: number
}

/** Errors and warnings that an outcome lists. */
export const maxListed = 100

export class ErrorList {
  readonly #errors: DataError[] = []
  #count = 0

  get count(): number {
    return this.#count
  }

  add(error: DataError): void {
    if (this.#count++ < maxListed) this.#errors.push({ ...error, text: error.text.slice(0, 200) })
  }

  list(): DataErrors {
    return { errors: [...this.#errors], count: this.#count }
  }
}
