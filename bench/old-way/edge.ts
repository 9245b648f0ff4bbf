/** The edge of the old way: takes whole zones by REST, keeps their RRsets in LMDB, and answers DNS from there. */
import { join } from 'node:path'
import {
  encodeMessage,
  formatName,
  parentOf,
  parseName,
  parseQuery,
  parseRDATAText,
  RCODE,
  type RR,
  typeFromText,
} from '@zonecast/dns'
import { createDnsServer } from '@zonecast/dns-net'
import { pino } from 'pino'
import { open } from 'lmdb'
import { inputOf, nextTurn, ready } from './program.ts'
import type { ZoneJson } from './contract.ts'
import { createRestServer } from './rest.ts'

interface StoredRRset {
  readonly ttl: number
  readonly rdata: readonly Uint8Array[]
}

const { protocol, folder } = inputOf()
const store = open({ path: join(folder, 'edge.mdb'), mapSize: 2 ** 36, overlappingSync: false })
/** The version that is served, by zone. */
const served = new Map<string, number>()
const server = createRestServer(protocol)
const root = parseName('.')
/** RRs are written in slices: one transaction each, so that other zones get their turn. */
const sliceRecords = 10_000

/** The new version stands beside the old one until it is whole; then it is served and the old one goes. */
server.put('/zones/:zone', async ({ body }) => {
  const { zone, version, records } = body as ZoneJson
  const before = served.get(zone)
  if (before !== undefined && version <= before) return {}
  for (let at = 0; at < records.length;) {
    const end = endOfSlice(records, at)
    const slice = rrsetsOf(records.slice(at, end))
    await store.transaction(() => {
      for (const [key, rrset] of slice) void store.put([zone, version, key], rrset)
    })
    at = end
    await nextTurn()
  }
  await store.put([zone], version)
  served.set(zone, version)
  if (before !== undefined) await removeVersion(zone, before)
  return {}
})

/** The records come in order: a slice ends where an RRset ends. */
function endOfSlice(records: ZoneJson['records'], start: number): number {
  let end = Math.min(start + sliceRecords, records.length)
  const isSame = (a: number, b: number) => records[a]?.name === records[b]?.name && records[a]?.type === records[b]?.type
  while (end < records.length && isSame(end - 1, end)) end++
  return end
}

function rrsetsOf(records: ZoneJson['records']): Map<string, StoredRRset> {
  const rrsets = new Map<string, { ttl: number; rdata: Uint8Array[] }>()
  for (const { name, type, ttl, data } of records) {
    const number = typeFromText(type) as number
    const key = `${name} ${number}`
    const rrset = rrsets.get(key) ?? { ttl, rdata: [] }
    rrset.rdata.push(parseRDATAText(number, data, root))
    rrsets.set(key, rrset)
  }
  return rrsets
}

async function removeVersion(zone: string, version: number): Promise<void> {
  for (;;) {
    const keys = [...store.getKeys({ start: [zone, version], end: [zone, version, '\uffff'], limit: sliceRecords })]
    if (keys.length === 0) return
    await store.transaction(() => {
      for (const key of keys) void store.remove(key)
    })
  }
}

/** Exact matches are enough for what is measured. */
function respond(bytes: Uint8Array) {
  const { question, ...header } = parseQuery(bytes)
  const name = formatName(question.name).toLowerCase()
  const zone = enclosing(name)
  const version = zone === undefined ? undefined : served.get(zone)
  const found =
    version === undefined ? undefined : (store.get([zone!, version, `${name} ${question.type}`]) as StoredRRset | undefined)
  const { id, opcode, rd, cd } = header
  const rcode = zone === undefined ? RCODE.REFUSED : found ? RCODE.NOERROR : RCODE.NXDOMAIN
  const answers = (found?.rdata ?? []).map((rdata): RR => ({ owner: question.name, type: question.type, ttl: found!.ttl, rdata }))
  const flags = { id, qr: true, opcode, aa: zone !== undefined, tc: false, rd, ra: false, ad: false, cd, rcode }
  return { ...encodeMessage({ ...flags, questions: [question], answers, authorities: [], additionals: [] }), rcode }
}

function enclosing(name: string): string | undefined {
  for (let at: ReturnType<typeof parentOf> = parseName(name); at; at = parentOf(at)) {
    const text = formatName(at)
    if (served.has(text)) return text
  }
  return undefined
}

const dns = createDnsServer({ respond, log: pino({ level: 'error' }, process.stderr) })
await ready(server, { dns: await dns.listen([{ host: '127.0.0.1', port: 0 }]) })
