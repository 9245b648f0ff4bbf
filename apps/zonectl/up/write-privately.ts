/** Files with secrets. */
import { renameSync, writeFileSync } from 'node:fs'

/** Whole or not at all, and readable by its owner alone from the first moment. */
export function writePrivately(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
