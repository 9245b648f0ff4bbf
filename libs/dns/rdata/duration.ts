/** Seconds written with units, as zone files have them: `3600`, `1h`, `1w2d3h4m5s`. */

const unitSeconds: ReadonlyMap<number, number> = new Map([
  [0x73, 1],
  [0x6d, 60],
  [0x68, 3600],
  [0x64, 86_400],
  [0x77, 604_800],
])

/** The number of seconds, or undefined where the text is no duration. The caller checks the upper bound. */
export function parseDuration(text: string): number | undefined {
  let total = 0
  let value = 0
  let digits = 0
  let units = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x30 && code <= 0x39) {
      if (++digits > 10) return undefined
      value = value * 10 + (code - 0x30)
      continue
    }
    const unit = unitSeconds.get(code | 0x20)
    if (unit === undefined || digits === 0) return undefined
    total += value * unit
    value = 0
    digits = 0
    units++
  }
  if (digits > 0) return units > 0 ? undefined : value
  return units > 0 ? total : undefined
}
