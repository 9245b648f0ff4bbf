/** Good records with one word changed, left out, doubled or put in quotes: some are still good, and most are not. */
import { typeCases } from './corpus.ts'
import { exceptions } from './exceptions.ts'

export interface ChangedLine {
  readonly type: string
  readonly rdata: string
}

/** What a word is replaced with: numbers at the limits and out of form, names, strings, signs that mean something elsewhere. */
const replacements =
  '00|010|0x1|+1|-1|1.|1.5|-|.|@|""|a|A|256|65536|4294967296|a!b|1h|\\065|*|!|1:|::|0.0.0.0|TYPE1|a=b|a="b"|AA==|ffff|N'.split(
    '|',
  )

/** Types that named has no text for, or refuses as such. */
const isUnknown = (type: string) =>
  exceptions.some(
    (entry) => entry.judge === 'named' && (entry.types?.includes(type) === true || entry.cases?.includes(`${type} .`) === true),
  )

/** Every changed line once. */
export function changedLines(): ChangedLine[] {
  const lines = new Map<string, ChangedLine>()
  for (const { type, ok } of typeCases.filter((one) => one.type !== 'SOA' && !isUnknown(one.type))) {
    for (const text of ok.filter((rdata) => !/[()]/.test(rdata))) {
      for (const words of changesOf(text.match(/"(?:\\.|[^"])*"|\S+/g) ?? [])) {
        lines.set(`${type} ${words.join(' ')}`, { type, rdata: words.join(' ') })
      }
    }
  }
  return [...lines.values()]
}

function changesOf(words: readonly string[]): string[][] {
  const changes = [
    [...words, 'x'],
    [...words, '""'],
  ]
  for (const [i, word] of words.entries()) {
    const put = (...instead: string[]) => changes.push(words.toSpliced(i, 1, ...instead))
    put()
    put(word, word)
    put(word.includes('"') ? word.replaceAll('"', '') : `"${word}"`)
    put(word.toUpperCase())
    put(word.toLowerCase())
    for (const replacement of replacements) put(replacement)
  }
  return changes
}
