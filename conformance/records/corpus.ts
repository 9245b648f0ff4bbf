/** The corpus: lines of each type, and whole zone files. */
import { readdirSync, readFileSync } from 'node:fs'

/** RDATA that a type has, and what it does not have. */
export interface TypeCases {
  readonly type: string
  /** Where the type is described. */
  readonly source: string
  readonly ok: readonly string[]
  readonly bad: readonly { readonly rdata: string; readonly why: string }[]
}

/** A zone file; the octets are the characters. `bare` ones stand as they are, others behind SOA and NS of the apex. */
export interface FileCase {
  readonly name: string
  readonly text: string
  readonly bare?: boolean
  /** `owner ttl type rdata` of each record behind the header; a case without them is refused. */
  readonly records?: readonly string[]
}

/** One zone to judge. */
export interface Case {
  /** The name that exceptions and messages have. */
  readonly id: string
  readonly text: string
  readonly isGood: boolean
  /** For a case of a type: what stands behind owner, TTL and class. */
  readonly type?: string
  readonly rdata?: string
}

const folder = new URL('./corpus/', import.meta.url)
const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8'))

export const fileCases = read('zone-files/cases.json') as readonly FileCase[]
export const typeCases: readonly TypeCases[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .toSorted()
  .map((file) => read(file) as TypeCases)

const serverLines = '@ NS ns1\nns1 A 192.0.2.53\n'
export const header = `$ORIGIN example.com.\n$TTL 3600\n@ SOA ns1 hostmaster 1 3600 600 1209600 300\n${serverLines}`

/** A zone with one record of the type; its SOA is the record where that is the type. */
export function zoneOf(type: string, rdata: string): string {
  if (type === 'SOA') return `$ORIGIN example.com.\n$TTL 3600\n@ SOA ${rdata}\n${serverLines}`
  return `${header}case 300 IN ${type} ${rdata}\n`
}

function typeCase(type: string, rdata: string, isGood: boolean): Case {
  return { id: `${type} ${rdata}`.trim(), text: zoneOf(type, rdata), isGood, type, rdata }
}

/** Every case of the corpus as a zone of its own. */
export function allCases(): Case[] {
  return [
    ...typeCases.flatMap(({ type, ok, bad }) => [
      ...ok.map((rdata) => typeCase(type, rdata, true)),
      ...bad.map(({ rdata }) => typeCase(type, rdata, false)),
    ]),
    ...fileCases.map(({ name, text, bare, records }) => ({
      id: `file: ${name}`,
      text: bare === true ? text : header + text,
      isGood: records !== undefined,
    })),
  ]
}
