/** The RR types whose RDATA has fields we know: a new type is a row. */
import { TYPE } from '../types.ts'
import type { Field } from './field.ts'
import { ipv4 } from './address-fields.ts'
import { name } from './name-fields.ts'
import { seconds, u32 } from './number-fields.ts'
import { characterStrings } from './text-fields.ts'

/** The schema of one type: validation, both formats, canonical form and decompression all follow from it. */
export interface RDATAType {
  readonly fields: readonly Field[]
  /** Canonical form folds the names (RFC 4034 §6.2 as amended by RFC 6840 §5.1). */
  readonly foldsNames?: boolean
  /** Messages from others may have the names compressed (RFC 3597 §4). */
  readonly decompress?: boolean
  /** Rules that concern more than one field, on RDATA whose fields are well-formed; throws WireError. */
  check?(rdata: Uint8Array): void
}

const old = { foldsNames: true, decompress: true } as const

const rows: readonly (readonly [number, RDATAType])[] = [
  [TYPE.A, { fields: [ipv4('address')] }],
  [TYPE.NS, { ...old, fields: [name('NSDNAME')] }],
  [
    TYPE.SOA,
    {
      ...old,
      fields: [
        name('MNAME'),
        name('RNAME'),
        u32('SERIAL'),
        seconds('REFRESH'),
        seconds('RETRY'),
        seconds('EXPIRE'),
        seconds('MINIMUM'),
      ],
    },
  ],
  [TYPE.TXT, { fields: [characterStrings('TXT-DATA')] }],
]

const byType: ReadonlyMap<number, RDATAType> = new Map(rows)

/** The schema of a type, or undefined where only RFC 3597 applies. */
export function rdataType(type: number): RDATAType | undefined {
  return byType.get(type)
}
