/** Where each line of a text that was put together came from. */

export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Finds the place in the user's files that a line of the sent text came from. */
export interface Origins {
  of(place: { readonly line: number; readonly column: number }): Place
}

/** `FILE:LINE:COLUMN`, as editors and compilers write it. */
export function placeText({ file, line, column }: Place): string {
  if (line === 0) return file
  return column === 0 ? `${file}:${line}` : `${file}:${line}:${column}`
}

/** Twelve octets a line, whatever the length of the file's name. */
export class LinePlaces implements Origins {
  readonly #files: string[] = []
  #places = new Uint32Array(3 * 1024)
  #lines = 0

  /** The place of the next line. */
  add({ file, line, column }: Place): void {
    const at = 3 * this.#lines++
    if (at === this.#places.length) {
      const larger = new Uint32Array(2 * at)
      larger.set(this.#places)
      this.#places = larger
    }
    if (this.#files.at(-1) !== file) this.#files.push(file)
    this.#places.set([this.#files.length - 1, line, column], at)
  }

  of({ line }: { readonly line: number }): Place {
    const at = 3 * (line - 1)
    if (line < 1 || line > this.#lines) return { file: this.#files[0] ?? '', line: 0, column: 0 }
    return { file: this.#files[this.#places[at]!]!, line: this.#places[at + 1]!, column: this.#places[at + 2]! }
  }
}
