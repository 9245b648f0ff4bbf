/** Text out of character codes, faster than joining characters: the result is one flat string. */

/** How many codes become text at once; more would not fit on the stack as arguments. */
const pieceCodes = 4096

/** The text of the codes, each below 65536. */
export function textOfCodes(codes: number[]): string {
  if (codes.length <= pieceCodes) return String.fromCharCode(...codes)
  let text = ''
  for (let at = 0; at < codes.length; at += pieceCodes) text += String.fromCharCode(...codes.slice(at, at + pieceCodes))
  return text
}

/** Adds `\DDD`, the escape of an octet in presentation format (RFC 1035 §5.1). */
export function pushDecimalEscape(codes: number[], octet: number): void {
  codes.push(0x5c, 0x30 + Math.floor(octet / 100), 0x30 + (Math.floor(octet / 10) % 10), 0x30 + (octet % 10))
}
