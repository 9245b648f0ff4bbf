/** Change sets on their way to the database's thread: one array of octets. */
import type { ChangeOp } from '@zonecast/zone'

/**
 * The steps in one buffer. Each array that crosses by itself is an object, a buffer and a block of memory on both sides, and a change
 * has two or more: for 500 changes that costs more than planning them.
 */
export interface PackedOps {
  readonly octets: Uint8Array
  /** The fields of the steps in their order, a line each. */
  readonly fields: string
}

const kinds = ['put', 'add', 'remove', 'delete'] as const
const noTtl = Number.MAX_SAFE_INTEGER
const headOctets = 16

/**
 * A step is its kind (u8), length of the owner (u8), type (u16), TTL (f64: whatever the caller sent is checked later) and number of
 * values (u32), then the owner, and each value after its length (u32).
 */
export function packOps(ops: readonly ChangeOp[]): PackedOps {
  const octets = new Uint8Array(ops.reduce((sum, op) => sum + octetsOf(op), 0))
  const view = new DataView(octets.buffer)
  let at = 0
  for (const op of ops) {
    const rdatas = rdatasOf(op)
    octets[at] = kinds.indexOf(op.kind)
    octets[at + 1] = op.owner.length
    view.setUint16(at + 2, op.type)
    view.setFloat64(at + 4, ttlOf(op) ?? noTtl)
    view.setUint32(at + 12, rdatas.length)
    octets.set(op.owner, at + headOctets)
    at += headOctets + op.owner.length
    for (const rdata of rdatas) {
      view.setUint32(at, rdata.length)
      octets.set(rdata, at + 4)
      at += 4 + rdata.length
    }
  }
  return { octets, fields: ops.map(({ field }) => field).join('\n') }
}

/** The steps again; names and RDATA are views. */
export function unpackOps({ octets, fields }: PackedOps): ChangeOp[] {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  const lines = fields.split('\n')
  const ops: ChangeOp[] = []
  for (let at = 0; at < octets.length;) {
    const kind = kinds[octets[at]!]!
    const type = view.getUint16(at + 2)
    const ttl = view.getFloat64(at + 4)
    const count = view.getUint32(at + 12)
    const ownerAt = at + headOctets
    at = ownerAt + octets[at + 1]!
    const target = { field: lines[ops.length]!, owner: octets.subarray(ownerAt, at), type }
    const rdatas: Uint8Array[] = []
    for (let i = 0; i < count; i++) {
      const end = at + 4 + view.getUint32(at)
      rdatas.push(octets.subarray(at + 4, end))
      at = end
    }
    if (kind === 'delete') ops.push({ kind, ...target })
    else if (kind === 'remove') ops.push({ kind, ...target, rdatas })
    else ops.push({ kind, ...target, rdatas, ...(ttl !== noTtl && { ttl }) })
  }
  return ops
}

function octetsOf(op: ChangeOp): number {
  return rdatasOf(op).reduce((sum, rdata) => sum + 4 + rdata.length, headOctets + op.owner.length)
}

function rdatasOf(op: ChangeOp): readonly Uint8Array[] {
  return op.kind === 'delete' ? [] : op.rdatas
}

function ttlOf(op: ChangeOp): number | undefined {
  return op.kind === 'put' || op.kind === 'add' ? op.ttl : undefined
}
