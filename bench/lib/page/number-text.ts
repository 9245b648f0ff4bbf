/** Numbers as people read them: three digits that matter, and units that fit. */

const longUnits: Readonly<Record<string, readonly (readonly [from: number, unit: string, divisor: number])[]>> = {
  ms: [
    [10_000, 's', 1000],
    [0, 'ms', 1],
  ],
  ns: [
    [10_000_000, 'ms', 1_000_000],
    [10_000, 'µs', 1000],
    [0, 'ns', 1],
  ],
  octets: [
    [1_000_000, 'MB', 1_000_000],
    [10_000, 'kB', 1000],
    [0, 'octets', 1],
  ],
}

/** `3.08 ms`, `151 MB`, `36 200 /s`. */
export function withUnit(value: number, unit: string): string {
  const [, shown, divisor] = longUnits[unit]?.find(([from]) => Math.abs(value) >= from) ?? [0, unit, 1]
  const number = plain(value / divisor)
  return shown === '' ? number : `${number} ${shown}`
}

/** The unit stands at the axis; where the number is too long for it, its own. */
export function tickText(value: number, unit: string): string {
  const long = withUnit(value, unit)
  return value === 0 || long.endsWith(` ${unit}`) || unit === '' ? plain(value).replace(/(\.\d*?)0+$/, '$1') : long
}

/** Three significant digits; thousands with a thin gap. */
export function plain(value: number): string {
  if (value === 0) return '0'
  const size = Math.floor(Math.log10(Math.abs(value)))
  const digits = Math.max(0, 2 - size)
  const rounded = size > 2 ? Math.round(value / 10 ** (size - 2)) * 10 ** (size - 2) : value
  const [whole = '', part] = rounded.toFixed(Math.min(digits, 6)).split('.')
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ' ')
  return part === undefined || /^0+$/.test(part) ? grouped : `${grouped}.${part}`
}

/** `2.3 ×`. */
export function times(ratio: number): string {
  return `${plain(ratio)} ×`
}
