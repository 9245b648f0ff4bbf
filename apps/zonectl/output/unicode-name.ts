/** Internationalised names as their readers write them (UTS #46), for display and nothing else: what is sent and stored is ASCII. */
import { printable } from './text.ts'

const aLabel = /(^|\.)xn--/i

/** How to show names: those with A-labels (RFC 5890 §2.3.2.1) have the U-labels behind them. The tables are loaded where one is there. */
export async function nameDisplay(names: Iterable<string>): Promise<(name: string) => string> {
  for (const name of names) if (aLabel.test(name)) return withUnicode((await import('tr46')).toUnicode)
  return (name) => name
}

type ToUnicode = typeof import('tr46').toUnicode

/** Label by label, so that a star, an underscore or an octet as \DDD beside it does no harm. */
function withUnicode(toUnicode: ToUnicode): (name: string) => string {
  const uLabel = (label: string): string => {
    const { domain, error } = toUnicode(label, { checkBidi: true, checkJoiners: true })
    // A dot or a backslash in it would be another name, and what does not print would be a trick.
    return error || /[.\\\s]/.test(domain) || printable(domain) !== domain ? label : domain
  }
  return (name) => {
    const shown = name.replace(/(?<=^|(?<!\\)\.)xn--[a-z0-9-]+(?=\.|$)/gi, uLabel)
    return shown === name ? name : `${name} (${shown})`
  }
}
