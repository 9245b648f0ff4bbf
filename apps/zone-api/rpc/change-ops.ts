/** Change sets from messages: names, types and values in presentation format become wire format. */
import type { HandlerContext } from '@connectrpc/connect'
import type {
  Change,
  Note,
  NoteChange,
  Precondition,
  RRset,
  RRsetKey,
} from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
import type { ZoneChanges } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import {
  isAtOrBelow,
  isMetaType,
  type Name,
  NameError,
  parseRDATAText,
  RDATAError,
  typeFromText,
  type Violation,
} from '@zonecast/dns'
import { requirePermission } from '@zonecast/rpc'
import { type ChangeOp, type ExpectedRRsets, metaType, outOfZone, violationOf } from '@zonecast/zone'
import { demandWrites } from '../access/zone-access.ts'
import type { NoteStep } from '../database/note.ts'
import { nameOfRequest } from './zone-messages.ts'

/** An owner name as requests write it: relative to the zone unless it ends in a dot; `@` is the apex. Throws NameError. */
export function ownerName(text: string, apex: Name): Name {
  return text === '@' ? apex : nameOfRequest(text, apex)
}

/** A change set as it was read, and what could not be. */
export interface ReadChanges {
  readonly ops: ChangeOp[]
  /** What becomes of comments and tags. */
  readonly notes: NoteStep[]
  readonly expected?: ExpectedRRsets
  /** Present when something is wrong with names, types or values. */
  readonly unread?: readonly Violation[]
}

/** Reads a change set; `path` leads to it where a request holds several. */
export function readChanges(set: Pick<ZoneChanges, 'changes' | 'precondition'>, apex: Name, path = ''): ReadChanges {
  const { changes, precondition } = set
  const reader = new ChangeReader(apex)
  const ops = changes.flatMap((change, index) => reader.read(change, `${path}changes[${index}]`) ?? [])
  const hasExpected = precondition && precondition.rrsetsEqual.length + precondition.rrsetsAbsent.length > 0
  const expected = hasExpected ? reader.readExpected(precondition, `${path}precondition`) : undefined
  const { violations, notes } = reader
  return { ops, notes, ...(expected && { expected }), ...(violations.length > 0 && { unread: violations }) }
}

/** Refuses a change set that touches an RRset which the caller may not write, or asks about RRsets which it may not read. */
export function demandChanges(context: Pick<HandlerContext, 'values' | 'method'>, zone: Name, read: ReadChanges): void {
  demandWrites(context, zone, [...read.ops, ...read.notes])
  if (read.expected) requirePermission(context, 'record.read', { zone })
}

type Target = Pick<NoteStep, 'owner' | 'type' | 'field'>

function noteStep({ comment, setTags, removeTags, clear }: NoteChange, target: Target): NoteStep {
  return { ...target, isWhole: clear, mayBeAbsent: false, ...(comment !== undefined && { comment }), setTags, removeTags }
}

/** The note of an RRset that is put: a later step may remove the RRset again. */
function wholeNote({ comment, tags }: Note, target: Target): NoteStep {
  return { ...target, isWhole: true, mayBeAbsent: true, comment, setTags: tags, removeTags: [] }
}

class ChangeReader {
  readonly violations: Violation[] = []
  readonly notes: NoteStep[] = []
  readonly #apex: Name

  constructor(apex: Name) {
    this.#apex = apex
  }

  read({ operation }: Change, path: string): ChangeOp | undefined {
    // protovalidate has refused a change without an operation.
    if (operation.case === undefined) return undefined
    const { case: kind, value } = operation
    const field = `${path}.${kind}`
    const owner = this.#owner(value.name, field)
    const type = this.#type(value.type, field)
    if (owner === undefined || type === undefined || !this.#mayStand(owner, type, field)) return undefined
    if (kind === 'note') {
      this.notes.push(noteStep(value, { owner, type, field }))
      return undefined
    }
    if (kind === 'delete') return { kind, field, owner, type }
    const rdatas = this.#values(value as RRset, type, field)
    if (rdatas === undefined) return undefined
    const { ttl, note } = value as RRset
    if (note && kind !== 'remove') this.notes.push(wholeNote(note, { owner, type, field }))
    if (kind === 'remove') return { kind, field, owner, type, rdatas }
    return { kind, field, owner, type, rdatas, ...(ttl !== undefined && { ttl }) }
  }

  readExpected({ rrsetsEqual, rrsetsAbsent }: Precondition, path: string): ExpectedRRsets {
    const equal = rrsetsEqual.flatMap((rrset, index) => {
      const target = this.#target(rrset, `${path}.rrsets_equal[${index}]`)
      if (target === undefined) return []
      const rdatas = this.#values(rrset, target.type, target.field)
      if (rdatas === undefined) return []
      if (rrset.values.length === 0) this.violations.push(noValuesExpected(rrset.name, target.field))
      return [{ ...target, rdatas, ...(rrset.ttl !== undefined && { ttl: rrset.ttl }) }]
    })
    const absent = rrsetsAbsent.flatMap((key, index) => this.#target(key, `${path}.rrsets_absent[${index}]`) ?? [])
    return { equal, absent }
  }

  #target({ name, type: text }: Pick<RRsetKey, 'name' | 'type'>, field: string) {
    const owner = this.#owner(name, field)
    const type = this.#type(text, field)
    return owner === undefined || type === undefined || !this.#mayStand(owner, type, field) ? undefined : { owner, type, field }
  }

  /** Data of this type may stand at this name of the zone. */
  #mayStand(owner: Name, type: number, field: string): boolean {
    const before = this.violations.length
    if (!isAtOrBelow(owner, this.#apex)) this.violations.push(violationOf(`${field}.name`, outOfZone(owner, this.#apex)))
    if (isMetaType(type)) this.violations.push(violationOf(`${field}.type`, metaType(owner, type)))
    return this.violations.length === before
  }

  #owner(text: string, field: string): Name | undefined {
    try {
      return ownerName(text, this.#apex)
    } catch (error) {
      if (!(error instanceof NameError)) throw error
      this.violations.push({ field: `${field}.name`, reason: 'NAME_INVALID', subject: text, message: error.message })
      return undefined
    }
  }

  #type(text: string, field: string): number | undefined {
    const type = typeFromText(text)
    if (type !== undefined) return type
    const message = `${text} is no RR type; name one by its mnemonic, or by its number as TYPEnnn`
    this.violations.push({ field: `${field}.type`, reason: 'TYPE_INVALID', subject: text, message, rfc: 'RFC 3597 §5' })
    return undefined
  }

  /** Undefined where one cannot be read: what is left is not what was meant. */
  #values({ values }: RRset, type: number, field: string): Uint8Array[] | undefined {
    const before = this.violations.length
    const rdatas = values.flatMap((text, index) => {
      try {
        // As in names: the reader would take ü as the one octet of Latin-1, which nobody means who writes UTF-8.
        if (/[\u0080-\u{10ffff}]/u.test(text))
          throw new RDATAError('non-ASCII characters are written as \\DDD, octet by octet', 0, 'RFC 1035 §5.1')
        return [parseRDATAText(type, text, this.#apex)]
      } catch (error) {
        if (!(error instanceof RDATAError)) throw error
        const { message, rfc } = error
        const where = `${field}.values[${index}]`
        this.violations.push({ field: where, reason: 'RDATA_INVALID', subject: text, message, ...(rfc && { rfc }) })
        return []
      }
    })
    return this.violations.length === before ? rdatas : undefined
  }
}

const noValuesExpected = (subject: string, field: string): Violation => ({
  field: `${field}.values`,
  reason: 'RDATA_INVALID',
  subject,
  message: `rrsets_equal of ${subject} gives no values; name an RRset that must not exist in rrsets_absent`,
})
