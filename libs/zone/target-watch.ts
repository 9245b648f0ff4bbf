/** Where an import points to, looked up in the zone while its sorted RRs stream by: targets that are none. */
import { compareNames, decodeRR, equalNames, isAtOrBelow, type Name, nameKey, type RR, TYPE } from '@zonecast/dns'
import { namesAsked, type ZoneNames } from './answer-source.ts'
import { isOwnerBelow } from './delegation-watch.ts'
import { compareOwners } from './order.ts'
import type { Problem } from './problem.ts'
import { askedAtApex, mostTold, namesHost, pointerOf, targetProblem } from './target-warnings.ts'
import type { RRsets, Values } from './zone-edit.ts'

/** Targets that are looked up; of an import with more, some go unnoticed, */
const mostTargets = 10_000
/** as do owners beyond these of one target. Names are looked up for each target: its ancestors and their wildcards. */
const mostOwners = 100
const mostNames = 50_000

/** True for types whose targets are looked up. */
export function hasTarget(type: number): boolean {
  return type === TYPE.CNAME || namesHost(type)
}

interface Pointing {
  readonly target: Name
  readonly from: { readonly owner: Name; readonly type: number; readonly isAliasMode: boolean }[]
}

/** Told of the RRs of an import in any order, before they stream by. */
export class TargetList {
  readonly apex: Name
  readonly #targets = new Map<string, Pointing>()
  readonly #names = new Map<string, Name>()
  /** Most RRs point to where the one before did. */
  #last: Pointing | undefined

  constructor(apex: Name) {
    this.apex = apex
  }

  note(owner: Name, type: number, rdata: Uint8Array): void {
    const pointer = pointerOf(owner, type, rdata)
    if (pointer === undefined) return
    const { target, isAliasMode } = pointer
    const pointing = this.#last && equalNames(this.#last.target, target) ? this.#last : this.#pointing(target, owner, type)
    if (pointing === undefined) return
    this.#last = pointing
    if (pointing.from.length === mostOwners) return
    pointing.from.push({ owner: owner.slice(), type, isAliasMode })
    if (type === TYPE.CNAME) this.#ask(owner)
  }

  pointings(): Iterable<Pointing> {
    return this.#targets.values()
  }

  /** Names that rules about the targets ask for, in canonical order. */
  names(): Name[] {
    return [...this.#names.values()].toSorted(compareNames)
  }

  #pointing(target: Name, owner: Name, type: number): Pointing | undefined {
    if (!isAtOrBelow(target, this.apex)) return undefined
    // A server below its own cut is seen where it stands (DelegationWatch).
    if (type === TYPE.NS && isAtOrBelow(target, owner) && owner.length > this.apex.length) return undefined
    const key = nameKey(target)
    const known = this.#targets.get(key)
    if (known !== undefined) return known
    if (this.#targets.size === mostTargets || this.#names.size > mostNames) return undefined
    const pointing = { target: target.slice(), from: [] }
    this.#targets.set(key, pointing)
    for (const name of namesAsked(this.apex, pointing.target)) this.#ask(name)
    return pointing
  }

  #ask(name: Name): void {
    const key = nameKey(name)
    if (!this.#names.has(key)) this.#names.set(key, name.slice())
  }
}

interface Found {
  readonly rrsets: Map<number, Values>
}

const nothing: RRsets = new Map()

/**
 * Told of the owners of a zone in canonical order, each with its RRs; then it knows what the list is about. The NS, MX and HTTPS of
 * the apex, which comes first, are asked for whether or not they are new.
 */
export class TargetWatch implements ZoneNames {
  readonly apex: Name
  readonly #list: TargetList
  readonly #atApex: TargetList
  #asked: Name[] | undefined
  #next = 0
  /** Names that there are. */
  readonly #found = new Map<string, Found>()
  #owner: Found | undefined

  constructor(list: TargetList) {
    this.apex = list.apex
    this.#list = list
    this.#atApex = new TargetList(list.apex)
  }

  /** The owner name of a stored RR, which ends at `end`. */
  startOwner(stored: Uint8Array, end: number): void {
    this.#owner = undefined
    if (end === this.apex.length) this.#owner = this.#find(this.apex)
    else this.#passTo(stored, end)
  }

  /** An RR of that owner, the SOA left out. */
  take(stored: Uint8Array, type: number): void {
    if (this.#owner === undefined) return
    const { rrsets } = this.#owner
    if (type === TYPE.CNAME) rrsets.set(type, valuesOfOne(decodeRR(stored)))
    else if (!rrsets.has(type)) rrsets.set(type, noValues)
    if (!askedAtApex.includes(type) || this.#asked !== undefined) return
    const { owner, rdata } = decodeRR(stored)
    if (owner.length === this.apex.length) this.#atApex.note(owner, type, rdata)
  }

  #passTo(stored: Uint8Array, end: number): void {
    this.#asked ??= [...this.#list.names(), ...this.#atApex.names()].toSorted(compareNames)
    for (; this.#next < this.#asked.length; this.#next++) {
      const asked = this.#asked[this.#next]!
      const order = compareOwners(asked, 0, stored, 0)
      if (order > 0) return
      // What is below a name follows it at once.
      if (order < 0 && !isOwnerBelow(stored, end, asked)) continue
      const found = this.#find(asked)
      if (order === 0) this.#owner = found
    }
  }

  #find(name: Name): Found {
    const key = nameKey(name)
    const found = this.#found.get(key) ?? { rrsets: new Map<number, Values>() }
    this.#found.set(key, found)
    return found
  }

  rrsets(name: Name): RRsets {
    return this.#found.get(nameKey(name))?.rrsets ?? nothing
  }

  exists(name: Name): boolean {
    return this.#found.has(nameKey(name))
  }

  /** After the last owner: each target of an RRset once, up to a bound. */
  *problems(): Generator<Problem> {
    const told = new Map<string, Set<string>>()
    for (const { target, from } of [...this.#list.pointings(), ...this.#atApex.pointings()]) {
      for (const { owner, type, isAliasMode } of from) {
        const problem = targetProblem(this, owner, type, { target, isAliasMode })
        if (problem === undefined) continue
        const ofRRset = told.get(problem.subject) ?? new Set()
        told.set(problem.subject, ofRRset)
        if (ofRRset.size === mostTold || ofRRset.has(problem.message)) continue
        ofRRset.add(problem.message)
        yield problem
      }
    }
  }
}

const noValues: Values = new Map()

function valuesOfOne(rr: RR): Values {
  return new Map([['', { ...rr, owner: rr.owner.slice(), rdata: rr.rdata.slice() }]])
}
