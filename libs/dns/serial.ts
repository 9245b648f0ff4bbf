/** Serial number arithmetic (RFC 1982). */

declare const brand: unique symbol
/** What DNS peers see of a zone's state. Serials go round a circle of 2³², so `isAfter` orders them, and `<` does not. */
export type Serial = number & { readonly [brand]: 'Serial' }

/** The number as a serial; an integer outside 0 … 2³²−1 is a mistake of the caller and throws. */
export function asSerial(value: number): Serial {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw new RangeError(`${value} is not a 32-bit serial`)
  return value as Serial
}

/** True when `a` comes after `b` (§3.2). Serials exactly 2³¹ apart have no order: neither comes after the other. */
export function isAfter(a: Serial, b: Serial): boolean {
  return a !== b && (a - b) >>> 0 < 2 ** 31
}

/** The serial that follows. */
export function nextSerial(serial: Serial): Serial {
  return addSerial(serial, 1)
}

/** Adds up to 2³¹−1, the most for which the sum comes after the serial (§3.1). */
export function addSerial(serial: Serial, steps: number): Serial {
  if (!Number.isInteger(steps) || steps < 0 || steps > 0x7fff_ffff) throw new RangeError(`cannot add ${steps} to a serial`)
  return ((serial + steps) >>> 0) as Serial
}
