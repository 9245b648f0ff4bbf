/** The labels of a pattern as it is written, and where its asterisk stands. */

/** Text that is no pattern, and why. */
export class PatternError extends Error {
  constructor(text: string, reason: string) {
    super(`${JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}…` : text)} is no pattern: ${reason}`)
    this.name = 'PatternError'
  }
}

/**
 * Cuts presentation format at its dots, escapes untouched: `a\.b.c` is `a\.b` and `c`. An asterisk without a backslash is a label of
 * its own or an error, so that nobody takes `w*` for more than it is; the owner name `*` itself is written `\*`.
 */
export function patternLabels(text: string): string[] {
  const labels: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '.') {
      labels.push(text.slice(start, at))
      start = at + 1
    } else if (text[at] === '*' && (at !== start || (at + 1 < text.length && text[at + 1] !== '.')))
      throw new PatternError(text, 'an asterisk stands for whole labels; as a character it is written \\*')
  }
  labels.push(text.slice(start))
  return labels
}

/** A name of a pattern as text that reads back as a pattern. */
export function escapeAsterisks(text: string): string {
  return text.replaceAll('*', '\\*')
}
