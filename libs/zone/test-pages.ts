/** What every sequence of pages has to be, for tests. */
import { isInseparable } from './key.ts'
import { maxPageOctets, pageCount, type PageRef, rrAt } from './page.ts'
import { scanPage } from './page-scan.ts'

/** Throws unless the pages tile their spaces, each well-formed and none larger than it has to be. */
export function checkPages(pages: readonly PageRef[]): void {
  for (const [i, { key, content }] of pages.entries()) {
    const isFirst = i === 0 || pages[i - 1]!.key[0] !== key[0]
    if (isFirst && key.length !== 1) throw new Error('the first page of a space does not have the key of the space')
    scanPage(content, { key, next: pages[i + 1]?.key })
    if (content.length > maxPageOctets) checkOversize(content)
  }
}

function checkOversize(content: Uint8Array): void {
  for (let i = 1; i < pageCount(content); i++) {
    if (!isInseparable(rrAt(content, i - 1), rrAt(content, i))) throw new Error('a page is too large')
  }
}

/** RRs as hexadecimal text, so that sequences compare and print well. */
export function hexes(rrs: Iterable<Uint8Array>): string[] {
  return Array.from(rrs, (stored) => Array.from(stored, (octet) => octet.toString(16).padStart(2, '0')).join(''))
}
