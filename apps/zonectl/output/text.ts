/** Numbers, times and strange characters as people read them. */

const binaryUnits = ['octets', 'KiB', 'MiB', 'GiB', 'TiB']

export function formatOctets(octets: number): string {
  let value = octets
  let unit = 0
  for (; value >= 1024 && unit < binaryUnits.length - 1; unit++) value /= 1024
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${binaryUnits[unit]}`
}

/** `1 record`, `2 records`; thousands are set apart. */
export function count(n: number | bigint, noun: string, plural = `${noun}s`): string {
  return `${groupDigits(n)} ${Number(n) === 1 ? noun : plural}`
}

export function groupDigits(n: number | bigint): string {
  return String(n).replaceAll(/\B(?=(?:\d{3})+$)/g, ' ')
}

/** Time after another moment: `+3 ms`, `+1.2 s`. */
export function formatAfter(ms: number): string {
  const sign = ms < 0 ? '−' : '+'
  return `${sign}${formatMs(Math.abs(ms))}`
}

export function formatMs(ms: number): string {
  if (ms < 10 && !Number.isInteger(ms)) return `${ms.toFixed(1)} ms`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`
}

/** Nothing that came over the wire moves a cursor or colours a terminal. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/(?![\t\n])\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
