/** The corpus of records and zone files, judged by us and by named-compilezone, kzonecheck, ldns-read-zone and dnspython. */
import assert from 'node:assert/strict'
import { decodeHex, encodeHex, formatRDATA, parseRDATAText, typeFromText, typesWithFields, typeToText } from '@zonecast/dns'
import { beforeAll, describe, test } from 'vitest'
import { type Case, fileCases, header, typeCases } from './corpus.ts'
import { exceptionFor, exceptions } from './exceptions.ts'
import { dnspython, judge } from './judges.ts'
import { apex, judgeOurselves } from './ours.ts'
import { linesOf, type WireRecord } from './verdict.ts'
import { type Agreements, askAll, cases, judgeNames, zoneOfMany } from './verdicts.ts'

let agreements: Agreements
beforeAll(async () => void (agreements = await askAll()))

const typeOf = (text: string) => typeFromText(text) ?? assert.fail(`${text} is no type`)
const inText = ({ owner, ttl, type, rdata }: WireRecord) =>
  `${owner} ${ttl} IN ${typeToText(type)} ${formatRDATA(type, decodeHex(rdata)!)}`

describe('the corpus', () => {
  test('has at least three good and three bad records of each type that has a text form', () => {
    const complete = typeCases.filter(({ ok, bad }) => ok.length >= 3 && bad.length >= 3).map(({ type }) => typeOf(type))
    assert.deepEqual(
      typesWithFields.filter((type) => !complete.includes(type)).map((type) => typeToText(type)),
      [],
    )
  })

  test('has no case twice', () => assert.equal(new Set(cases.map(({ id }) => id)).size, cases.length))
})

describe('we ourselves', () => {
  for (const { type, ok, bad } of typeCases) {
    test(`read every good ${type} and refuse every bad one`, () => {
      const ours = (rdata: string) => judgeOurselves(cases.find(({ id }) => id === `${type} ${rdata}`.trim())!.text)
      for (const rdata of ok) assert.notEqual(ours(rdata).rrs, undefined, `${rdata}: ${ours(rdata).message}`)
      for (const { rdata, why } of bad) assert.equal(ours(rdata).rrs, undefined, `${rdata}: ${why}`)
    })

    test(`read what we write of ${type}, and its generic form (RFC 3597 §5)`, () => {
      for (const text of ok) {
        const rdata = parseRDATAText(typeOf(type), text, apex)
        assert.deepEqual(parseRDATAText(typeOf(type), formatRDATA(typeOf(type), rdata)), rdata, text)
        assert.deepEqual(parseRDATAText(typeOf(type), `\\# ${rdata.length} ${encodeHex(rdata)}`), rdata, text)
      }
    })
  }

  const headerTexts = (judgeOurselves(header).rrs ?? []).map(inText)
  for (const { name, text, bare, records } of fileCases) {
    test(`zone file: ${name}`, () => {
      const { rrs, message } = judgeOurselves(bare === true ? text : header + text)
      const expected = records === undefined ? undefined : [...(bare === true ? [] : headerTexts), ...records].toSorted()
      assert.deepEqual(rrs?.map(inText).toSorted(), expected, message)
    })
  }
})

/** What the judges say against us, those with an entry in the table left out. */
function objections(some: readonly Case[]): string[] {
  return judgeNames.flatMap((name) =>
    some.flatMap((one) => {
      const agreement = agreements.get(name)!.get(one) ?? true
      return agreement === true || exceptionFor(name, one) !== undefined ? [] : [`${one.id}: ${name} ${agreement}`]
    }),
  )
}

describe('the judges agree', () => {
  for (const { type } of typeCases) {
    test(type, () => assert.deepEqual(objections(cases.filter((one) => one.type === type)), []))
  }
  for (const one of cases.filter(({ type }) => type === undefined)) {
    test(one.id, () => assert.deepEqual(objections([one]), []))
  }

  test('and none of our expectations has all of them against it', () => {
    const alone = cases.filter((one) => {
      const heard = judgeNames.filter((name) => exceptionFor(name, one)?.kind !== 'unknown' && agreements.get(name)!.has(one))
      return heard.length > 0 && heard.every((name) => agreements.get(name)!.get(one) !== true)
    })
    assert.deepEqual(
      alone.map(({ id }) => id),
      [],
    )
  })
})

describe('each exception is one', () => {
  for (const { judge: name, reason, cases: ids = [], types = [] } of exceptions.filter(({ kind }) => kind !== 'generic')) {
    test(`${name} ${reason}`, () => {
      const known = [...ids, ...types.map((type) => `${type} ${typeCases.find((one) => one.type === type)?.ok[0]}`)]
      for (const id of known) {
        const one = cases.find((each) => each.id === id) ?? assert.fail(`no case is called ${id}`)
        assert.notEqual(agreements.get(name)!.get(one), true, `${name} agrees on ${id}: the entry can go`)
      }
    })
  }
})

interface GoodRecord {
  readonly type: string
  readonly rdata: Uint8Array
}

/** Records the judge reads as we do, but for SOA, of which a zone has one. */
function goodRecords(isLeftOut: (one: Case) => boolean): GoodRecord[] {
  return cases
    .filter((one) => one.isGood && one.type !== undefined && one.type !== 'SOA' && !isLeftOut(one))
    .map(({ type, rdata }) => ({ type: type!, rdata: parseRDATAText(typeOf(type!), rdata!, apex) }))
}

async function readBy(name: (typeof judgeNames)[number], records: readonly { type: string; rdata: string }[]): Promise<void> {
  const text = zoneOfMany(records)
  const ours = judgeOurselves(text)
  const theirs = name === 'dnspython' ? (await dnspython([text]))[0]! : await judge(name, text)
  assert.notEqual(theirs.rrs, undefined, theirs.message)
  if (name !== 'knot') assert.deepEqual(linesOf(theirs.rrs!), linesOf(ours.rrs!))
}

describe('judges read what we write', () => {
  for (const name of judgeNames) {
    test(`${name} in the form of each type`, async () => {
      const records = goodRecords((one) => exceptionFor(name, one) !== undefined)
      assert.ok(records.length > 100)
      await readBy(
        name,
        records.map(({ type, rdata }) => ({ type, rdata: formatRDATA(typeOf(type), rdata) })),
      )
    })
  }

  // Even those read it who do not know the type. dnspython 2.3 cannot: it makes the names relative and then misses their origin.
  for (const name of ['named', 'knot', 'ldns'] as const) {
    test(`${name} in the form of RFC 3597`, async () => {
      const misread = exceptions
        .filter((entry) => entry.judge === name && entry.kind === 'generic')
        .flatMap(({ types }) => types ?? [])
      const records = goodRecords((one) => exceptionFor(name, one)?.kind === 'strict' || misread.includes(one.type!))
      await readBy(
        name,
        records.map(({ type, rdata }) => ({
          type: `TYPE${typeOf(type)}`,
          rdata: `\\# ${rdata.length} ${encodeHex(rdata)}`.trim(),
        })),
      )
    })
  }

  for (const { judge: name, reason, types = [] } of exceptions.filter(({ kind }) => kind === 'generic')) {
    test(`but ${name} ${reason}`, async () => {
      const records = goodRecords((one) => !types.includes(one.type!))
      const text = zoneOfMany(
        records.map(({ type, rdata }) => ({ type: `TYPE${typeOf(type)}`, rdata: `\\# ${rdata.length} ${encodeHex(rdata)}` })),
      )
      assert.notEqual(name, 'dnspython')
      const theirs = await judge(name as Exclude<typeof name, 'dnspython'>, text)
      assert.notDeepEqual(linesOf(theirs.rrs ?? []), linesOf(judgeOurselves(text).rrs!), 'the entry can go')
    })
  }
})
