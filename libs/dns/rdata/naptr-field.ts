/** The REGEXP of NAPTR: a substitution expression (RFC 3402 §3.2). */

/** A delimiter is no digit, no flag and no backslash. */
const noDelimiter = '\\i0123456789\0'

/**
 * What is wrong with `delimiter expression delimiter replacement delimiter flags`, given as one character an octet. The form and
 * the back-references are looked at; whether the expression itself is a POSIX one is for those who apply it.
 */
export function complaintAboutRegexp(text: string): string | undefined {
  if (text === '') return undefined
  const delimiter = text[0]!
  if (noDelimiter.includes(delimiter)) return `${JSON.stringify(delimiter)} is no delimiter`
  let parts = 1
  let groups = 0
  for (let i = 1; i < text.length; i++) {
    const character = text[i]!
    if (parts === 3) {
      if (character.toLowerCase() !== 'i') return `${JSON.stringify(character)} is no flag; only i is`
    } else if (character === '\\') {
      const digit = Number(text[++i])
      if (i === text.length) return 'a backslash stands at its end'
      if (parts === 2 && digit > groups) return `\\${digit} refers to a group that is not there`
    } else if (character === delimiter) {
      parts++
    } else if (parts === 1 && character === '(') {
      groups++
    }
  }
  return parts === 3 ? undefined : 'it is !expression!replacement! with the delimiter three times'
}
