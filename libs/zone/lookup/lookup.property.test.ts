/** Laws of lookup on random small zones: a plain search over all RRs agrees, and every proof proves. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  ancestorAt,
  compareNames,
  decodeRR,
  encodeBase32Hex,
  equalNames,
  formatName,
  isAtOrBelow,
  labelCount,
  type Name,
  namesIn,
  nameKey,
  parseName,
  type RR,
  scanName,
  TYPE,
  typesInBitmap,
  wildcardOf,
} from '@zonecast/dns'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { linesOf, sortedStored, viewOf } from '../test-zone.ts'
import type { Answer } from './answer.ts'
import { lookup } from './lookup.ts'
import { apex, pageOctets, someData, someLabels, someTypes, zoneOf } from './test-questions.ts'
import { hashOf, signedLabels, withNsec, withNsec3 } from './test-signing.ts'

const arbOwner = fc.array(fc.constantFrom(...someLabels), { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))
const arbLine = fc.tuple(arbOwner, fc.constantFrom(...someData)).map(([owner, rest]) => `${owner} ${rest}`)
const arbZone = fc.array(arbLine, { maxLength: 12 }).map(zoneOf)
const arbQuestion = fc.record({
  name: fc.oneof(arbOwner, fc.constant('@')).map((text) => (text === '@' ? apex : parseName(text, apex))),
  type: fc.constantFrom(...someTypes),
})

interface Expected {
  readonly kind: Answer['kind']
  readonly answers: string[]
}

/** RFC 1034 §4.3.2 as it is written, over a list of RRs. */
function expected(rrs: readonly RR[], asked: Name, type: number): Expected {
  const answers: RR[] = []
  const at = (name: Name, wanted?: number): RR[] =>
    rrs.filter((rr) => equalNames(rr.owner, name) && rr.type === (wanted ?? rr.type))
  const exists = (name: Name): boolean => rrs.some((rr) => isAtOrBelow(rr.owner, name))
  const seen = new Set<string>()
  const finish = (kind: Answer['kind']): Expected => ({ kind, answers: inOrder(answers) })
  for (let name = asked; isAtOrBelow(name, apex) && !seen.has(nameKey(name));) {
    seen.add(nameKey(name))
    const [cut, dname] = above(at, name, type)
    if (cut) return finish('referral')
    if (dname !== undefined) {
      const target = parseName(formatName(name).slice(0, -formatName(dname.owner).length) + formatName(dname.rdata))
      if (!answers.includes(dname)) answers.push(dname)
      answers.push({ owner: name, type: TYPE.CNAME, ttl: dname.ttl, rdata: target })
      if (type === TYPE.CNAME) return finish('answer')
      name = target
      continue
    }
    let source = name
    if (!exists(name)) {
      let depth = labelCount(name)
      while (!exists(ancestorAt(name, depth))) depth--
      source = wildcardOf(ancestorAt(name, depth))
      if (!exists(source)) return finish('nxdomain')
    }
    const owned = (wanted: number): RR[] => at(source, wanted).map((rr) => (source === name ? rr : { ...rr, owner: name }))
    if (owned(type).length > 0) {
      answers.push(...owned(type))
      return finish('answer')
    }
    const alias = owned(TYPE.CNAME)[0]
    if (alias === undefined) return finish('nodata')
    answers.push(alias)
    name = namesIn(TYPE.CNAME, alias.rdata)[0]!
  }
  return finish('answer')
}

/** The first thing on the way down to a name that redirects: a cut, or a DNAME. */
function above(at: (name: Name, wanted: number) => RR[], name: Name, type: number): [cut: boolean, dname: RR | undefined] {
  for (let depth = 1; depth <= labelCount(name); depth++) {
    const ancestor = ancestorAt(name, depth)
    const isLast = depth === labelCount(name)
    if (depth > 1 && at(ancestor, TYPE.NS).length > 0 && !(isLast && type === TYPE.DS)) return [true, undefined]
    const dname = isLast ? undefined : at(ancestor, TYPE.DNAME)[0]
    if (dname !== undefined) return [false, dname]
  }
  return [false, undefined]
}

const inOrder = (rrs: readonly RR[]): string[] => linesOf(sortedStored(rrs).map((stored) => decodeRR(stored)))

test('lookup answers what a search over all RRs finds, however the zone is cut into pages', () => {
  fc.assert(
    fc.property(arbZone, fc.array(arbQuestion, { minLength: 1, maxLength: 10 }), (rrs, questions) => {
      const view = viewOf(rrs, pageOctets)
      for (const { name, type } of questions) {
        const { kind, answers } = lookup(view, { name, type })
        assert.deepEqual({ kind, answers: inOrder(answers) }, expected(rrs, name, type), `${formatName(name)} ${type}`)
      }
    }),
    { numRuns: 1000 },
  )
})

interface Nsec {
  readonly owner: Name
  readonly next: Name
  readonly types: readonly number[]
}

function nsecOf(rr: RR): Nsec {
  const end = scanName(rr.rdata, 0, rr.rdata.length)
  return { owner: rr.owner, next: rr.rdata.subarray(0, end), types: typesInBitmap(rr.rdata, end, rr.rdata.length) }
}

/** True when the NSEC says that nothing stands at the name itself (RFC 4035 §5.4, RFC 6840 §4.1). */
function covers({ owner, next, types }: Nsec, name: Name): boolean {
  const isCut = types.includes(TYPE.NS) && !types.includes(TYPE.SOA)
  if ((isCut || types.includes(TYPE.DNAME)) && isAtOrBelow(name, owner)) return false
  return compareNames(owner, name) < 0 && (equalNames(next, apex) || compareNames(name, next) < 0)
}

/** Checks, as a validator would, that the NSECs of a response prove what it says of the name. */
function validate(answer: Answer, name: Name, type: number): void {
  const nsecs = answer.authorities.filter((rr) => rr.type === TYPE.NSEC).map(nsecOf)
  const lacks = ({ types }: Nsec): boolean => !types.includes(type) && !types.includes(TYPE.CNAME)
  const matching = (wanted: Name): Nsec | undefined => nsecs.find(({ owner }) => equalNames(owner, wanted))
  const covering = nsecs.find((nsec) => covers(nsec, name))
  const hasNoData = (wanted: Name): boolean => {
    const match = matching(wanted)
    return match === undefined ? nsecs.some((nsec) => covers(nsec, wanted) && isAtOrBelow(nsec.next, wanted)) : lacks(match)
  }
  if (answer.kind === 'referral') {
    const isSigned = answer.authorities.some((rr) => rr.type === TYPE.DS)
    const cut = matching(answer.authorities.find((rr) => rr.type === TYPE.NS)!.owner)
    assert.ok(isSigned || (cut?.types.includes(TYPE.NS) && !cut.types.includes(TYPE.DS)), 'an unproven unsigned referral')
  } else if (answer.kind === 'nxdomain') {
    assert.ok(covering, 'the name is not covered')
    assert.ok(
      nsecs.some((nsec) => covers(nsec, wildcardOf(encloserBy(covering, name)))),
      'the wildcard is not covered',
    )
  } else if (answer.kind === 'nodata' && !hasNoData(name)) {
    assert.ok(covering && hasNoData(wildcardOf(encloserBy(covering, name))), 'no data is not proven')
  } else if (answer.kind === 'answer') {
    const signature = answer.answers.find((rr) => rr.type === TYPE.RRSIG)
    if (signature !== undefined && signature.rdata[3]! < signedLabels(signature.owner))
      assert.ok(covering, 'an unproven expansion')
  }
}

/** The closest encloser that a covering NSEC shows: the longest ancestor the name has in common with either end. */
function encloserBy({ owner, next }: Nsec, name: Name): Name {
  let depth = labelCount(name)
  while (![owner, next].some((end) => isAtOrBelow(end, ancestorAt(name, depth)))) depth--
  return ancestorAt(name, depth)
}

test('lookup in a zone with NSEC proves what it denies', () => {
  fc.assert(
    fc.property(arbZone, fc.array(arbQuestion, { minLength: 1, maxLength: 10 }), (rrs, questions) => {
      const view = viewOf(withNsec(rrs, apex), pageOctets)
      for (const { name, type } of questions) {
        const answer = lookup(view, { name, type, dnssecOk: true })
        if (!isChain(answer, type)) validate(answer, name, type)
        assert.equal(answer.kind, lookup(view, { name, type }).kind)
      }
    }),
    { numRuns: 1000 },
  )
})

/** A chain proves one thing a link; the tables have those. */
function isChain(answer: Answer, type: number): boolean {
  return type !== TYPE.CNAME && answer.answers.some((rr) => rr.type === TYPE.CNAME)
}

const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest()

/** The NSEC3s of a response, as a validator sees them. */
class Nsec3s {
  readonly #ranges: { readonly hash: string; readonly next: string; readonly types: readonly number[] }[]

  constructor(answer: Answer) {
    const rrs = answer.authorities.filter((rr) => rr.type === TYPE.NSEC3)
    this.#ranges = rrs.map(({ owner, rdata }) => {
      const at = 5 + rdata[4]!
      const end = at + 1 + rdata[at]!
      const next = encodeBase32Hex(rdata, at + 1, end).toLowerCase()
      return { hash: formatName(owner).split('.')[0]!.toLowerCase(), next, types: typesInBitmap(rdata, end, rdata.length) }
    })
  }

  /** The types of the NSEC3 that matches a name. */
  match(name: Name): readonly number[] | undefined {
    return this.#ranges.find(({ hash }) => hash === hashOf(name, sha1))?.types
  }

  covers(name: Name): boolean {
    const wanted = hashOf(name, sha1)
    return this.#ranges.some(({ hash, next }) => (hash < next ? hash < wanted && wanted < next : wanted > hash || wanted < next))
  }

  /** The closest provable encloser (RFC 5155 §8.3), once it is proven. */
  encloser(name: Name): Name {
    let depth = labelCount(name) - 1
    while (depth > 0 && this.match(ancestorAt(name, depth)) === undefined) depth--
    assert.ok(depth > 0 && this.covers(ancestorAt(name, depth + 1)), 'no closest encloser is proven')
    return ancestorAt(name, depth)
  }
}

/** RFC 5155 §8.4–8.9; `exists` tells what Opt-Out may leave unproven. */
function validateNsec3(answer: Answer, name: Name, type: number, exists: (name: Name) => boolean): void {
  const nsec3s = new Nsec3s(answer)
  const lacks = (types: readonly number[] | undefined): boolean => !!types && !types.includes(type) && !types.includes(TYPE.CNAME)
  // Where only unsigned delegations are below a name it may be left out, and what is proven is that all there is insecure (§6).
  const isOptedOut = (encloser: Name): boolean => exists(ancestorAt(name, labelCount(encloser) + 1))
  if (answer.kind === 'referral') {
    if (answer.authorities.some((rr) => rr.type === TYPE.DS)) return
    const cut = answer.authorities.find((rr) => rr.type === TYPE.NS)!.owner
    const types = nsec3s.match(cut)
    if (types === undefined) nsec3s.encloser(cut)
    else assert.ok(types.includes(TYPE.NS) && !types.includes(TYPE.DS), 'an unproven unsigned referral')
  } else if (answer.kind === 'nxdomain') {
    const encloser = nsec3s.encloser(name)
    assert.ok(isOptedOut(encloser) || nsec3s.covers(wildcardOf(encloser)), 'the wildcard is not covered')
  } else if (answer.kind === 'nodata' && !lacks(nsec3s.match(name))) {
    const encloser = nsec3s.encloser(name)
    const isProven = lacks(nsec3s.match(wildcardOf(encloser))) || exists(wildcardOf(encloser))
    assert.ok(isProven || isOptedOut(encloser) || type === TYPE.DS, 'no data is not proven')
  } else if (answer.kind === 'answer') {
    const signature = answer.answers.find((rr) => rr.type === TYPE.RRSIG)
    if (signature === undefined) return
    const { owner, rdata } = signature
    const isExpanded = rdata[3]! < signedLabels(owner)
    assert.ok(!isExpanded || nsec3s.covers(ancestorAt(owner, rdata[3]! + 1)), 'an unproven expansion')
  }
}

test('lookup in a zone with NSEC3 and Opt-Out proves what it denies', () => {
  fc.assert(
    fc.property(arbZone, fc.array(arbQuestion, { minLength: 1, maxLength: 10 }), (rrs, questions) => {
      const view = viewOf(withNsec3(rrs, apex, sha1), 3 * pageOctets)
      const exists = (name: Name): boolean => rrs.some((rr) => isAtOrBelow(rr.owner, name))
      for (const { name, type } of questions) {
        const answer = lookup(view, { name, type, dnssecOk: true }, { sha1 })
        if (!isChain(answer, type)) validateNsec3(answer, name, type, exists)
        assert.equal(answer.kind, lookup(view, { name, type }).kind)
      }
    }),
    { numRuns: 300 },
  )
})
