/** Rows of a table as octets, whatever engine they come from. */

export type Value = number | string | Uint8Array | null
export type Row = Readonly<Record<string, Value>>

const tags = { nothing: 0, integer: 1, text: 2, octets: 3 } as const
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** The values of each row in the order of the columns. Integers are below 2⁵³. */
export function packRows(columns: readonly string[], rows: readonly Row[]): Buffer {
  return Buffer.concat(rows.flatMap((row) => columns.map((column) => packed(row[column] ?? null))))
}

export function unpackRows(columns: readonly string[], bytes: Buffer): Row[] {
  const rows: Row[] = []
  let at = 0
  const value = (): Value => {
    const tag = bytes.readUInt8(at)
    at += 1
    if (tag === tags.nothing) return null
    if (tag === tags.integer) return Number(bytes.readBigInt64BE((at += 8) - 8))
    const length = bytes.readUInt32BE(at)
    at += 4 + length
    if (at > bytes.length || tag > tags.octets) throw new RangeError('a row is cut short')
    const octets = Uint8Array.from(bytes.subarray(at - length, at))
    return tag === tags.text ? decoder.decode(octets) : octets
  }
  while (at < bytes.length) rows.push(Object.fromEntries(columns.map((column) => [column, value()])))
  return rows
}

function packed(value: Value): Buffer {
  if (value === null) return Buffer.of(tags.nothing)
  if (typeof value === 'number') {
    const octets = Buffer.alloc(9)
    octets.writeUInt8(tags.integer)
    octets.writeBigInt64BE(BigInt(value), 1)
    return octets
  }
  const octets = typeof value === 'string' ? encoder.encode(value) : value
  const head = Buffer.alloc(5)
  head.writeUInt8(typeof value === 'string' ? tags.text : tags.octets)
  head.writeUInt32BE(octets.length, 1)
  return Buffer.concat([head, octets])
}
