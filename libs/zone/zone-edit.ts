/** A zone with edits laid over it: what its owners have after a change set. */
import { canonicalRDATA, decodeRR, isAtOrBelow, type Name, nameKey, type RR, TYPE } from '@zonecast/dns'
import { ancestorsWithin, type ZoneNames } from './answer-source.ts'
import { nextOwner, rrsAt } from './reader.ts'
import type { ZoneView } from './view.ts'

/** RRs of one type by `valueKey`. */
export type Values = ReadonlyMap<string, RR>
/** RRsets of one owner by type; without the SOA of the apex. */
export type RRsets = ReadonlyMap<number, Values>

/** One owner name that a change set has to do with. */
export interface OwnerEdit {
  /** In the case it is stored in, where it is. */
  readonly owner: Name
  readonly before: RRsets
  readonly after: Map<number, Values>
  /** The field of the last step that changed a type. */
  readonly fields: Map<number, string>
  /** The field of the last step that changed anything. */
  lastField: string
}

/** RDATA in canonical form, one character an octet: equal for RRs that are the same. */
export function valueKey(type: number, rdata: Uint8Array): string {
  let key = ''
  for (const octet of canonicalRDATA(type, rdata)) key += String.fromCharCode(octet)
  return key
}

/** The RRs of one type. */
export function valuesOf(rrsets: RRsets, type: number): Iterable<RR> {
  return rrsets.get(type)?.values() ?? []
}

export function hasAddress(rrsets: RRsets): boolean {
  return rrsets.has(TYPE.A) || rrsets.has(TYPE.AAAA)
}

export class ZoneEdit implements ZoneNames {
  readonly view: ZoneView
  readonly #owners = new Map<string, OwnerEdit>()
  /** Owners that were read and not edited: rules ask for the apex again and again. */
  readonly #read = new Map<string, RRsets>()
  #above: Set<string> | undefined

  constructor(view: ZoneView) {
    this.view = view
  }

  get apex(): Name {
    return this.view.apex
  }

  /** The edit of an owner, made from what is stored where there is none yet. */
  at(owner: Name, field: string): OwnerEdit {
    const key = nameKey(owner)
    let edit = this.#owners.get(key)
    if (edit === undefined) {
      const before = this.#read.get(key) ?? readRRsets(this.view, owner)
      const first = before.values().next().value?.values().next().value
      edit = { owner: first?.owner ?? owner, before, after: new Map(before), fields: new Map(), lastField: field }
      this.#owners.set(key, edit)
    }
    return edit
  }

  /** Replaces one RRset; without values it is gone. */
  set(edit: OwnerEdit, type: number, values: Values, field: string): void {
    if (values.size > 0) edit.after.set(type, values)
    else edit.after.delete(type)
    edit.fields.set(type, field)
    edit.lastField = field
    this.#above = undefined
  }

  edits(): Iterable<OwnerEdit> {
    return this.#owners.values()
  }

  isEdited(owner: Name): boolean {
    return this.#owners.has(nameKey(owner))
  }

  /** The RRsets of a name after the change. */
  rrsets(owner: Name): RRsets {
    const key = nameKey(owner)
    return this.#owners.get(key)?.after ?? this.#stored(owner, key)
  }

  /** The RRsets of a name before the change. */
  rrsetsBefore(owner: Name): RRsets {
    const key = nameKey(owner)
    return this.#owners.get(key)?.before ?? this.#stored(owner, key)
  }

  /** Names below a name that have RRs after the change, of those that had some before. */
  *storedBelow(name: Name): Generator<Name, void, undefined> {
    const { pages } = this.view
    for (let next = nextOwner(pages, name); next && isAtOrBelow(next, name); next = nextOwner(pages, next)) {
      const edit = this.#owners.get(nameKey(next))
      if (edit === undefined || edit.after.size > 0) yield next
    }
  }

  /** True when the name has RRs after the change, or is an empty non-terminal. */
  exists(name: Name): boolean {
    if (this.rrsets(name).size > 0 || this.#namesAbove().has(nameKey(name))) return true
    return this.storedBelow(name).next().done !== true
  }

  /** All ancestors of edited names that have RRs. */
  #namesAbove(): Set<string> {
    if (this.#above !== undefined) return this.#above
    const above = new Set<string>()
    for (const edit of this.#owners.values()) {
      if (edit.after.size > 0) for (const name of ancestorsWithin(this.apex, edit.owner)) above.add(nameKey(name))
    }
    return (this.#above = above)
  }

  #stored(owner: Name, key: string): RRsets {
    let rrsets = this.#read.get(key)
    if (rrsets === undefined) this.#read.set(key, (rrsets = readRRsets(this.view, owner)))
    return rrsets
  }
}

function readRRsets({ pages }: ZoneView, owner: Name): RRsets {
  const rrsets = new Map<number, Map<string, RR>>()
  for (const stored of [...rrsAt(pages, owner), ...rrsAt(pages, owner, 1)]) {
    const rr = decodeRR(stored)
    if (rr.type === TYPE.SOA) continue
    const values = rrsets.get(rr.type) ?? new Map<string, RR>()
    rrsets.set(rr.type, values.set(valueKey(rr.type, rr.rdata), rr))
  }
  return rrsets
}
