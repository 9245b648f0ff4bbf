/** Where a store stands in each shard, as persisted. */

/** Applied positions within one log id. A shard that is not listed stands at 0. */
export interface Levels {
  /** 16 octets, or none where no log was followed yet. */
  readonly logId: Uint8Array
  readonly positions: ReadonlyMap<number, bigint>
}

/** Length of the log id, the log id, then shard (u8) and position (u64) of each shard. */
export function encodeLevels({ logId, positions }: Levels): Uint8Array {
  const bytes = Buffer.alloc(1 + logId.length + 9 * positions.size)
  bytes[0] = logId.length
  bytes.set(logId, 1)
  let at = 1 + logId.length
  for (const [shard, position] of positions) {
    bytes[at] = shard
    bytes.writeBigUInt64BE(position, at + 1)
    at += 9
  }
  return bytes
}

export function decodeLevels(value: Uint8Array | undefined): Levels {
  if (value === undefined) return { logId: new Uint8Array(0), positions: new Map() }
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const start = 1 + (bytes[0] as number)
  const positions = new Map<number, bigint>()
  for (let at = start; at < bytes.length; at += 9) positions.set(bytes[at] as number, bytes.readBigUInt64BE(at + 1))
  return { logId: Uint8Array.from(bytes.subarray(1, start)), positions }
}
