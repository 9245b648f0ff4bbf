/** Follows the zone cuts and DNAMEs of a stream of owners: glue, occluded data, names below a DNAME. */
import { equalNames, isAtOrBelow, type Name, nameKey, rdataStart, rdlengthAt, TYPE } from '@zonecast/dns'
import type { OwnerTally } from './owner-tally.ts'
import { belowDname, glueMissing, noGlue, occluded, type Problem, targetIsAlias } from './problem.ts'

type Report = (problem: Problem) => void

/** Types that the parent side of a cut has beside glue (RFC 4035 §2.2–2.4). */
export function belongsAtCut(type: number): boolean {
  return type === TYPE.NS || type === TYPE.DS || type === TYPE.NSEC || type === TYPE.RRSIG
}

/** Addresses may be glue. */
export function isAddress(type: number): boolean {
  return type === TYPE.A || type === TYPE.AAAA
}

/** True when the owner name of a stored RR, which ends at `end`, is the ancestor or below it; nothing is copied on the way. */
export function isOwnerBelow(stored: Uint8Array, end: number, ancestor: Name): boolean {
  const target = end - ancestor.length
  let at = 0
  while (at < target) at += 1 + stored[at]!
  if (at !== target) return false
  for (let i = 0; i < ancestor.length; i++) {
    if (stored[at + i] !== ancestor[i]) return equalNames(stored.subarray(at, end), ancestor)
  }
  return true
}

/** Name servers whose addresses are still to come, by name. */
type Servers = Map<string, Name>

/** Addresses below cuts, and servers of other cuts, that are remembered; where there are more, such addresses go unnoticed. */
const mostRemembered = 10_000

/** Told of each owner in canonical order, in which all that is below a name follows it at once. */
export class DelegationWatch {
  readonly #apex: Name
  readonly #violation: Report
  readonly #warn: Report
  #stored: Uint8Array
  #end = 0
  #hasAddress = false
  #servers: Name[] = []
  #cut: Name | undefined
  #cutServers: Servers = new Map()
  readonly #apexServers: Servers = new Map()
  /** Names with addresses below a cut that does not name them, and the cut. */
  readonly #strays = new Map<string, readonly [owner: Name, cut: Name]>()
  /** Servers that are not below the cut that names them: below another one their addresses are glue (RFC 9471 §2.2). */
  readonly #siblings = new Set<string>()
  #dname: Name | undefined

  constructor(apex: Name, violation: Report, warn: Report) {
    this.#apex = apex
    this.#stored = apex
    this.#violation = violation
    this.#warn = warn
  }

  /** The owner name of a stored RR, which ends at `end`. */
  startOwner(stored: Uint8Array, end: number): void {
    this.#stored = stored
    this.#end = end
    this.#hasAddress = false
    if (this.#servers.length > 0) this.#servers = []
    if (this.#cut !== undefined && !isOwnerBelow(stored, end, this.#cut)) this.#leaveCut()
    if (this.#dname !== undefined) {
      if (isOwnerBelow(stored, end, this.#dname)) this.#violation(belowDname(this.#owner(), this.#dname))
      else this.#dname = undefined
    }
  }

  /** RDATA of NS is a name and nothing else. */
  takeNs(stored: Uint8Array, end: number): void {
    const start = rdataStart(end)
    this.#servers.push(stored.subarray(start, start + rdlengthAt(stored, end)))
  }

  takeAddress(): void {
    this.#hasAddress = true
  }

  finishOwner(tally: OwnerTally): void {
    const isAwaited = this.#cutServers.size > 0 || this.#apexServers.size > 0
    const isGlue = this.#hasAddress && isAwaited && this.#found(this.#owner())
    if (isAwaited && tally.has(TYPE.CNAME)) this.#foundAlias(this.#owner())
    if (this.#cut !== undefined) {
      if (tally.types().some((type) => !isAddress(type))) this.#warn(occluded(this.#owner(), this.#cut))
      else if (this.#hasAddress && !isGlue) this.#remember(this.#owner(), this.#cut)
    } else if (this.#servers.length > 0) this.#enter(this.#owner(), tally)
    if (this.#dname === undefined && tally.has(TYPE.DNAME)) this.#dname = this.#owner().slice()
  }

  end(): void {
    this.#leaveCut()
    for (const target of this.#apexServers.values()) this.#warn(glueMissing(this.#apex, target))
    if (this.#siblings.size >= mostRemembered) return
    for (const [key, [owner, cut]] of this.#strays) if (!this.#siblings.has(key)) this.#warn(noGlue(owner, cut))
  }

  #owner(): Name {
    return this.#stored.subarray(0, this.#end)
  }

  #found(owner: Name): boolean {
    const key = nameKey(owner)
    const isOfCut = this.#cutServers.delete(key)
    return this.#apexServers.delete(key) || isOfCut
  }

  /** An alias cannot be given an address; that the apex points to one is told with other targets (`TargetWatch`). */
  #foundAlias(owner: Name): void {
    const key = nameKey(owner)
    this.#apexServers.delete(key)
    if (this.#cutServers.delete(key)) this.#warn(targetIsAlias(this.#cut!, TYPE.NS, owner))
  }

  #remember(owner: Name, cut: Name): void {
    if (this.#strays.size < mostRemembered) this.#strays.set(nameKey(owner), [owner.slice(), cut])
  }

  /** Notes the servers of a new cut, or of the apex, that need an address from this zone. */
  #enter(owner: Name, tally: OwnerTally): void {
    const isApex = equalNames(owner, this.#apex)
    const waiting = isApex ? this.#apexServers : this.#cutServers
    for (const target of this.#servers) {
      if (isAtOrBelow(target, owner)) waiting.set(nameKey(target), target.slice())
      else if (this.#siblings.size < mostRemembered && isAtOrBelow(target, this.#apex)) this.#siblings.add(nameKey(target))
    }
    const isOwnServer = waiting.has(nameKey(owner))
    if (this.#hasAddress) waiting.delete(nameKey(owner))
    if (isApex) return
    this.#cut = owner.slice()
    if (tally.types().some((type) => !belongsAtCut(type) && !(isOwnServer && isAddress(type))))
      this.#warn(occluded(owner, this.#cut))
  }

  #leaveCut(): void {
    if (this.#cut === undefined) return
    for (const target of this.#cutServers.values()) this.#warn(glueMissing(this.#cut, target))
    this.#cutServers.clear()
    this.#cut = undefined
  }
}
