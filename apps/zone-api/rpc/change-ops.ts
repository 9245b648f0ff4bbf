/** Change sets from messages: names, types and values in presentation format become wire format. */
import type { Change, RRset } from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
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
import { invalidRequest } from '@zonecast/rpc'
import { type ChangeOp, metaType, outOfZone, violationOf } from '@zonecast/zone'
import { nameOfRequest } from './zone-messages.ts'

/** An owner name as requests write it: relative to the zone unless it ends in a dot; `@` is the apex. Throws NameError. */
export function ownerName(text: string, apex: Name): Name {
  return text === '@' ? apex : nameOfRequest(text, apex)
}

/** The steps of a change set; refuses the request with all that is wrong with its names, types and values at once. */
export function changeOps(changes: readonly Change[], apex: Name): ChangeOp[] {
  const reader = new ChangeReader(apex)
  const ops = changes.flatMap((change, index) => reader.read(change, index) ?? [])
  if (reader.violations.length > 0) throw invalidRequest(reader.violations)
  return ops
}

class ChangeReader {
  readonly violations: Violation[] = []
  readonly #apex: Name

  constructor(apex: Name) {
    this.#apex = apex
  }

  read({ operation }: Change, index: number): ChangeOp | undefined {
    // protovalidate has refused a change without an operation.
    if (operation.case === undefined) return undefined
    const { case: kind, value } = operation
    const field = `changes[${index}].${kind}`
    const owner = this.#owner(value.name, field)
    const type = this.#type(value.type, field)
    if (owner === undefined || type === undefined || !this.#mayStand(owner, type, field)) return undefined
    if (kind === 'delete') return { kind, field, owner, type }
    const rdatas = this.#values(value as RRset, type, field)
    const { ttl } = value as RRset
    if (kind === 'remove') return { kind, field, owner, type, rdatas }
    return { kind, field, owner, type, rdatas, ...(ttl !== undefined && { ttl }) }
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

  #values({ values }: RRset, type: number, field: string): Uint8Array[] {
    return values.flatMap((text, index) => {
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
  }
}
