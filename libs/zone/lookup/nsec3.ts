/** Proofs of denial by NSEC3 (RFC 5155 §7.2). */
import { ancestorAt, concatNames, encodeBase32Hex, foldName, labelCount, type Name, ownerOf, TYPE, u16At } from '@zonecast/dns'
import { lastOwner, previousOwner } from '../reader.ts'
import { type LookupContext, type Sha1, signaturesFor } from './context.ts'
import type { Denial } from './denial.ts'
import { type Node, nodeAt, rrsetOf } from './node.ts'
import { sourceOfSynthesis } from './wildcard.ts'

/** NSEC3 RRs stand in a space of their own, among them nothing but their signatures. */
const nsec3Space = 1

export function nsec3Denial(context: LookupContext, sha1: Sha1): Denial {
  const chain = new Chain(context, sha1)
  /** §7.2.1: the closest provable encloser matches, and the name one label longer is covered. */
  const closestEncloser = (name: Name): Name => {
    const encloser = chain.closestProvable(name)
    chain.match(encloser)
    chain.cover(ancestorAt(name, labelCount(encloser) + 1))
    return encloser
  }
  // Where Opt-Out has left a name without an NSEC3, its closest provable encloser stands in (§7.2.4, §7.2.7).
  const matchOrEnclose = (name: Name): void => {
    if (!chain.match(name)) closestEncloser(name)
  }
  return {
    // §7.2.3 and §7.2.4
    noData: matchOrEnclose,
    // §7.2.2
    noName: (_name, _encloser, nextCloser) => chain.cover(sourceOfSynthesis(closestEncloser(nextCloser))),
    // §7.2.5
    noWildcardData(_name, encloser, nextCloser) {
      closestEncloser(nextCloser)
      chain.match(sourceOfSynthesis(encloser))
    },
    // §7.2.6
    expansion: (_name, nextCloser) => chain.cover(nextCloser),
    // §7.2.7
    unsignedReferral: (cut) => matchOrEnclose(ownerOf(cut)),
  }
}

/** The chain of hashed owner names of one zone. */
class Chain {
  readonly #context: LookupContext
  readonly #sha1: Sha1
  readonly #iterations: number
  readonly #salt: Uint8Array

  constructor(context: LookupContext, sha1: Sha1) {
    // NSEC3PARAM: hash algorithm, flags, iterations, salt length, salt (RFC 5155 §4.2).
    const parameters = context.facts.nsec3param!
    this.#context = context
    this.#sha1 = sha1
    this.#iterations = u16At(parameters, 2)
    this.#salt = parameters.subarray(5, 5 + parameters[4]!)
  }

  /** Adds the NSEC3 that matches the name; false when there is none. */
  match(name: Name): boolean {
    return this.#add(this.#hashedOwner(name))
  }

  /** Adds the NSEC3 that covers the name: the last one before its hash, or the last of all (§1.3). */
  cover(name: Name): void {
    const { pages } = this.#context.view
    const owner = previousOwner(pages, this.#hashedOwner(name), nsec3Space) ?? lastOwner(pages, nsec3Space)
    if (owner !== undefined) this.#add(owner)
  }

  /** The longest ancestor of the name, the name itself not counted, that has a matching NSEC3. */
  closestProvable(name: Name): Name {
    const { apex } = this.#context.view
    const least = labelCount(apex)
    for (let labels = labelCount(name) - 1; labels > least; labels--) {
      const ancestor = ancestorAt(name, labels)
      if (this.#nodeAt(this.#hashedOwner(ancestor)) !== undefined) return ancestor
    }
    return apex
  }

  #add(owner: Name): boolean {
    const node = this.#nodeAt(owner)
    const nsec3 = node && rrsetOf(node, TYPE.NSEC3)
    if (node === undefined || nsec3 === undefined) return false
    this.#context.out.authority(nsec3, signaturesFor(this.#context, node, TYPE.NSEC3))
    return true
  }

  #nodeAt(owner: Name): Node | undefined {
    const node = nodeAt(this.#context.view.pages, owner, nsec3Space)
    return node !== undefined && node.count > 0 ? node : undefined
  }

  /** The base32hex of the iterated hash, as a label below the apex (§5). */
  #hashedOwner(name: Name): Name {
    let hash = this.#sha1(salted(foldName(name), this.#salt))
    for (let i = 0; i < this.#iterations; i++) hash = this.#sha1(salted(hash, this.#salt))
    const text = encodeBase32Hex(hash)
    const label = new Uint8Array(text.length + 2)
    label[0] = text.length
    for (let i = 0; i < text.length; i++) label[i + 1] = text.charCodeAt(i)
    return concatNames(label, this.#context.view.apex)
  }
}

function salted(bytes: Uint8Array, salt: Uint8Array): Uint8Array {
  const input = new Uint8Array(bytes.length + salt.length)
  input.set(bytes)
  input.set(salt, bytes.length)
  return input
}
