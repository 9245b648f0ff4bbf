/** Tells of damage where it is met. */
import type { PageReader } from '@zonecast/zone'

/** Reads as `pages` does, and tells what a reading throws before it goes on. */
export function reportingDamage(pages: PageReader, report: (error: unknown) => void): PageReader {
  const reporting = (step: keyof PageReader) => (key: Uint8Array) => {
    try {
      return pages[step](key)
    } catch (error) {
      report(error)
      throw error
    }
  }
  return { at: reporting('at'), after: reporting('after'), before: reporting('before') }
}
