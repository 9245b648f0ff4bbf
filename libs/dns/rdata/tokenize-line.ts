/** Splits one line of RDATA text into words. */
import { RDATAError, type Token } from './token.ts'

/**
 * Words and quoted strings of one line; parentheses group as in a zone file and mean nothing else. An unquoted `;` is refused:
 * a zone file would drop the rest as a comment, and whoever wrote a DKIM key without quotes would lose half of it.
 */
export function tokenizeLine(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const character = text[at]!
    if (character === ' ' || character === '\t' || character === '(' || character === ')') {
      at++
      continue
    }
    if (character === ';' || character === '\n' || character === '\r') throw unexpected(character, tokens.length)
    const quoted = character === '"'
    const end = quoted ? closingQuote(text, at, tokens.length) : endOfWord(text, at, tokens.length)
    tokens.push({ text: quoted ? text.slice(at + 1, end) : text.slice(at, end), quoted, line: 1, column: at + 1 })
    at = quoted ? end + 1 : end
    if (quoted && at < text.length && !' \t()'.includes(text[at]!))
      throw new RDATAError('a space is missing after a closing quote', tokens.length - 1)
  }
  return tokens
}

function unexpected(character: string, tokenIndex: number): RDATAError {
  const what = character === ';' ? 'an unquoted ; starts a comment' : 'a line break'
  return new RDATAError(`${what} is not part of RDATA; put the text in quotes or write it as \\DDD`, tokenIndex, 'RFC 1035 §5.1')
}

function closingQuote(text: string, open: number, tokenIndex: number): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at
  }
  throw new RDATAError('a quoted string is not closed', tokenIndex, 'RFC 1035 §5.1')
}

function endOfWord(text: string, start: number, tokenIndex: number): number {
  let at = start
  for (; at < text.length && !' \t()\n\r;'.includes(text[at]!); at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') at = closingQuote(text, at, tokenIndex)
  }
  return Math.min(at, text.length)
}
