/** Carrying out the steps of a change set one by one. */
import {
  equalBytes,
  isAtOrBelow,
  isMetaType,
  maxTtl,
  nameKey,
  type RR,
  rrsigCovered,
  TYPE,
  validateRDATA,
  type Violation,
  WireError,
} from '@zonecast/dns'
import type { ChangeOp } from './change-op.ts'
import { contradiction, noValues, rdataInvalid, ttlInvalid } from './change-problem.ts'
import { metaType, outOfZone, type Problem, violationOf } from './problem.ts'
import { stepSoa, type SoaChange } from './soa-change.ts'
import { type OwnerEdit, type Values, valueKey, type ZoneEdit } from './zone-edit.ts'

type Setting = Extract<ChangeOp, { kind: 'put' | 'add' }>

/** Takes steps in their order, and collects what is wrong with each: a step with a violation is left out, and the next is tried. */
export class StepRunner {
  readonly #edit: ZoneEdit
  readonly #defaultTtl: number
  /** What each RRset was put to, for a second `put` to be compared with. */
  readonly #puts = new Map<string, Values>()
  readonly violations: Violation[] = []
  soa: SoaChange

  constructor(edit: ZoneEdit, defaultTtl: number) {
    this.#edit = edit
    this.#defaultTtl = defaultTtl
    this.soa = { rr: edit.view.soa }
  }

  run(op: ChangeOp): void {
    const before = this.violations.length
    this.#checkForm(op)
    if (this.violations.length > before) return
    if (op.type === TYPE.SOA) {
      const result = stepSoa(this.#edit.view, this.soa, op)
      if ('problem' in result) this.#refuse(op.field, result.problem)
      else this.soa = result
      return
    }
    const edit = this.#edit.at(op.owner, op.field)
    const values = this.#valuesAfter(op, edit)
    this.#checkContradiction(op, values)
    this.#edit.set(edit, op.type, values, op.field)
  }

  #refuse(field: string, problem: Problem): void {
    this.violations.push(violationOf(field, problem))
  }

  #checkForm(op: ChangeOp): void {
    const { apex } = this.#edit.view
    if (!isAtOrBelow(op.owner, apex)) this.#refuse(`${op.field}.name`, outOfZone(op.owner, apex))
    if (isMetaType(op.type)) this.#refuse(`${op.field}.type`, metaType(op.owner, op.type))
    if (op.kind === 'delete') return
    if (op.rdatas.length === 0) this.#refuse(`${op.field}.values`, noValues(op.owner, op.type, op.kind))
    if (op.kind === 'remove') return
    if (op.ttl !== undefined && (!Number.isInteger(op.ttl) || op.ttl < 0 || op.ttl > maxTtl)) {
      this.#refuse(`${op.field}.ttl`, ttlInvalid(op.owner, op.type, op.ttl))
    }
    op.rdatas.forEach((rdata, i) => {
      try {
        validateRDATA(op.type, rdata)
      } catch (error) {
        if (!(error instanceof WireError)) throw error
        this.#refuse(`${op.field}.values[${i}]`, rdataInvalid(op.owner, op.type, error.message))
      }
    })
  }

  #valuesAfter(op: ChangeOp, edit: OwnerEdit): Values {
    const present = edit.after.get(op.type) ?? new Map<string, RR>()
    switch (op.kind) {
      case 'delete':
        return new Map()
      case 'remove': {
        const left = new Map(present)
        for (const rdata of op.rdatas) left.delete(valueKey(op.type, rdata))
        return left
      }
      case 'put':
        return this.#given(op, edit, present)
      case 'add': {
        const added = this.#given(op, edit, present)
        const all = new Map(present)
        for (const [key, rr] of added) if (!all.has(key)) all.set(key, rr)
        // RFC 2181 §5.2: one TTL for all. Each RRSIG keeps that of what it covers.
        if (op.ttl !== undefined && op.type !== TYPE.RRSIG) for (const [key, rr] of all) all.set(key, withTtl(rr, op.ttl))
        return all
      }
    }
  }

  /** The RRs a step gives. One that is there already, octet for octet, is kept with the owner as it is stored. */
  #given(op: Setting, edit: OwnerEdit, present: Values): Map<string, RR> {
    // An RRset that an earlier step removed comes back as it was.
    const before = edit.before.get(op.type)
    const ttl = op.ttl ?? firstOf(present)?.ttl ?? firstOf(before)?.ttl ?? this.#defaultTtl
    const given = new Map<string, RR>()
    for (const rdata of op.rdatas) {
      const key = valueKey(op.type, rdata)
      if (given.has(key)) continue
      const known = present.get(key) ?? before?.get(key)
      const rr = known !== undefined && equalBytes(known.rdata, rdata) ? known : { owner: edit.owner, type: op.type, ttl, rdata }
      given.set(key, withTtl(rr, op.type === TYPE.RRSIG ? (op.ttl ?? this.#ttlOfSignature(rr, known, edit)) : ttl))
    }
    return given
  }

  /** An RRSIG has the TTL of the RRset it covers (RFC 4034 §3). */
  #ttlOfSignature(signature: RR, known: RR | undefined, edit: OwnerEdit): number {
    const covered = firstOf(edit.after.get(rrsigCovered(signature.rdata)))
    return covered?.ttl ?? known?.ttl ?? this.#defaultTtl
  }

  /** Two puts of one RRset that differ, or a put that is deleted again, cannot both be meant. */
  #checkContradiction(op: ChangeOp, values: Values): void {
    if (op.kind !== 'put' && op.kind !== 'delete') return
    const key = `${op.type} ${nameKey(op.owner)}`
    const earlier = this.#puts.get(key)
    if (earlier !== undefined && !sameValues(earlier, values)) this.#refuse(op.field, contradiction(op.owner, op.type))
    if (op.kind === 'put') this.#puts.set(key, values)
  }
}

function firstOf(values: Values | undefined): RR | undefined {
  return values?.values().next().value
}

function withTtl(rr: RR, ttl: number): RR {
  return rr.ttl === ttl ? rr : { ...rr, ttl }
}

function sameValues(a: Values, b: Values): boolean {
  if (a.size !== b.size) return false
  for (const [key, rr] of a) if (b.get(key)?.ttl !== rr.ttl) return false
  return true
}
