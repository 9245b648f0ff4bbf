/** Parts of addresses in their text, compared with the octets as they stand. */

/** Tells whether a text may be a part of an address; `isSure` where that is the last word. */
export interface AddressPart {
  readonly isSure: boolean
  mayHave(bytes: Uint8Array, at: number): boolean
}

/** What one number of an address must be like. */
type Test = (number: number) => boolean

/** A part of a dotted quad: numbers end in the first piece, begin with the last, and are what stands between. */
export function partOfIPv4(text: string): AddressPart {
  const tests = testsOf(text.split('.')).map((test) => Uint8Array.from({ length: 256 }, (_, octet) => Number(test(octet))))
  const count = tests.length
  return {
    isSure: true,
    mayHave(bytes, at) {
      for (let first = 0; first + count <= 4; first++) {
        let i = 0
        while (i < count && tests[i]![bytes[at + first + i]!] === 1) i++
        if (i === count) return true
      }
      return false
    },
  }

  function testsOf(pieces: readonly string[]): Test[] {
    if (pieces.length === 1) return [(octet) => String(octet).includes(pieces[0]!)]
    return pieces.map((piece, i) => (octet) => {
      if (i === 0) return String(octet).endsWith(piece)
      return i === pieces.length - 1 ? String(octet).startsWith(piece) : String(octet) === piece
    })
  }
}

/**
 * A part of an address as RFC 5952 writes it. Groups of zeros may be left out of the text, so that what is told is only which
 * addresses cannot have it.
 */
export function partOfIPv6(text: string): AddressPart {
  const hasDot = text.includes('.')
  const halves = text.split('::')
  const runs = halves.flatMap((half, i) => (half === '' ? [] : [runOf(half, i > 0, i < halves.length - 1)]))
  return {
    isSure: false,
    mayHave(bytes, at) {
      // Those end in a dotted quad.
      if (isMapped(bytes, at)) return true
      return !hasDot && runs.every((run) => hasRun(run, bytes, at))
    },
  }
}

/** Groups that follow each other; an end is open where the text goes on within the group. */
function runOf(half: string, isLeftClosed: boolean, isRightClosed: boolean): Test[] {
  const pieces = half.split(':')
  return pieces.map((piece, i) => groupTest(piece, i === 0 && !isLeftClosed, i === pieces.length - 1 && !isRightClosed))
}

function groupTest(piece: string, isLeftOpen: boolean, isRightOpen: boolean): Test {
  if (piece === '') return () => true
  const digits = piece.length
  const value = Number.parseInt(piece, 16)
  if (digits > 4 || Number.isNaN(value)) return () => false
  const mask = 16 ** digits - 1
  return (group) => {
    // Digits that may follow the piece within the group: none where its right end is closed, all where its left end is.
    const most = hexLength(group) - digits
    const last = isRightOpen ? most : 0
    for (let shift = isLeftOpen ? 0 : most; shift >= 0 && shift <= last; shift++) {
      if (((group >>> (4 * shift)) & mask) === value) return true
    }
    return false
  }
}

function hexLength(group: number): number {
  if (group > 0xfff) return 4
  if (group > 0xff) return 3
  return group > 0xf ? 2 : 1
}

function hasRun(run: readonly Test[], bytes: Uint8Array, at: number): boolean {
  for (let first = 0; first + run.length <= 8; first++) {
    let i = 0
    while (i < run.length && run[i]!((bytes[at + 2 * (first + i)]! << 8) | bytes[at + 2 * (first + i) + 1]!)) i++
    if (i === run.length) return true
  }
  return false
}

function isMapped(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 10; i++) if (bytes[at + i] !== 0) return false
  return bytes[at + 10] === 0xff && bytes[at + 11] === 0xff
}
