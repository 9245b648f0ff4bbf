/** A zone in three formats: JSON, a protobuf message an RR, and pages. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { decodeRR, encodeRR, formatName, formatRDATA, parseName, readZoneFile, type RR, typeToText } from '@zonecast/dns'
import { buildPages, compareStored, type PageRef, rrsOf, scanPage } from '@zonecast/zone'
import { generateZoneText } from '@zonecast/testkit'
import { type Sample, SampleSchema, ZoneSchema } from './messages.ts'

/** One format of one thing. `scan` checks the structure without making objects, where the format allows that. */
export interface Format {
  readonly name: string
  readonly encode: () => Uint8Array | readonly Uint8Array[]
  readonly decode: () => unknown
  readonly scan?: () => unknown
}

/** JSON as Go's and JavaScript's libraries write it, and protobuf, of the seed's message. */
export function formatsOfSample(sample: Sample): Format[] {
  const { name, number, ratio, flag, data } = sample
  const json = () =>
    Buffer.from(JSON.stringify({ name, number: Number(number), ratio, flag, data: Buffer.from(data).toString('base64') }))
  const jsonBytes = json()
  const message = create(SampleSchema, { ...sample } as never)
  const bytes = toBinary(SampleSchema, message)
  return [
    {
      name: 'JSON',
      encode: json,
      decode: () => {
        const parsed = JSON.parse(jsonBytes.toString()) as { data: string }
        return { ...parsed, data: Buffer.from(parsed.data, 'base64') }
      },
    },
    { name: 'protobuf', encode: () => toBinary(SampleSchema, message), decode: () => fromBinary(SampleSchema, bytes) },
    { name: "the post's mistake: JSON handed to the protobuf decoder", encode: json, decode: () => failing(jsonBytes) },
  ]
}

/** What the post's benchmark measured: a decode that ends at its first octet, its error dropped. */
function failing(json: Uint8Array): unknown {
  try {
    return fromBinary(SampleSchema, json)
  } catch {
    return undefined
  }
}

/** The RRs of a generated zone in canonical order, the SOA among them. */
export async function zoneOf(records: number): Promise<RR[]> {
  const origin = 'million.example.'
  const rrs: RR[] = []
  for await (const item of readZoneFile([generateZoneText(origin, records)], { origin: parseName(origin) })) {
    if (item.kind === 'error') throw new Error(item.error.rule)
    if (item.kind === 'rr') rrs.push(item.rr)
  }
  return rrs
    .map((rr) => ({ rr, stored: encodeRR(rr) }))
    .toSorted((a, b) => compareStored(a.stored, b.stored))
    .map(({ rr }) => rr)
}

/** Each format starts from and ends with what its user holds: text fields for JSON and protobuf, stored RRs for pages. */
export function formatsOfZone(rrs: readonly RR[]): Format[] {
  const records = rrs.map(({ owner, type, ttl, rdata }) => ({
    name: formatName(owner),
    type: typeToText(type),
    ttl,
    data: formatRDATA(type, rdata),
  }))
  const json = () => Buffer.from(JSON.stringify(records))
  const jsonBytes = json()
  const message = create(ZoneSchema, { records } as never)
  const bytes = toBinary(ZoneSchema, message)
  const stored = rrs.map(encodeRR)
  const pages = [...buildPages(stored)]
  return [
    { name: 'JSON', encode: json, decode: () => JSON.parse(jsonBytes.toString()) },
    {
      name: 'protobuf, a message an RR',
      encode: () => toBinary(ZoneSchema, message),
      decode: () => fromBinary(ZoneSchema, bytes),
    },
    {
      name: 'pages',
      encode: () => [...buildPages(stored)].map(({ content }) => content),
      decode: () => decodePages(pages),
      scan: () => scanPages(pages),
    },
  ]
}

function decodePages(pages: readonly PageRef[]): RR[] {
  const rrs: RR[] = []
  for (const { content } of pages) for (const stored of rrsOf(content)) rrs.push(decodeRR(stored))
  return rrs
}

function scanPages(pages: readonly PageRef[]): void {
  for (const [index, { key, content }] of pages.entries()) {
    const next = pages[index + 1]
    scanPage(content, { key, next: next?.key[0] === key[0] ? next?.key : undefined })
  }
}
