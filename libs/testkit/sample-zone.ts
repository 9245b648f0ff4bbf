/** Sample zones of any size, the same for the same seed. */
import { encodeRR, type Name, parseName, parseRDATAText, typeFromText } from '@zonecast/dns'
import { MersenneTwister } from './mersenne-twister.ts'
import { compareSample } from './sample-order.ts'

/** One record: owner relative to the origin or `@`, RDATA in presentation format; without a TTL, the zone's default. */
export interface SampleRecord {
  readonly owner: string
  readonly ttl: number | undefined
  readonly type: string
  readonly rdata: string
}

export interface SampleZone {
  readonly origin: Name
  /** The SOA as a stored RR. */
  readonly soa: Uint8Array
  /** All other RRs as stored, in canonical order. */
  readonly rrs: Uint8Array[]
}

const defaultSeed = 20_210_131
const defaultTtl = 3600

/** A zone of `count` RRs, SOA included: hosts, aliases, mail, delegations with glue and DS, services. At least 8 RRs. */
export function generateZone(origin: string, count: number, seed = defaultSeed): SampleZone {
  const apex = parseName(absolute(origin))
  const [soa, ...rrs] = [...sampleRecords(origin, count, seed)].map((sample) => stored(sample, apex))
  return { origin: apex, soa: soa!, rrs: rrs.toSorted(compareSample) }
}

/** The same zone as a zone file. */
export function generateZoneText(origin: string, count: number, seed = defaultSeed): string {
  const lines = [...sampleRecords(origin, count, seed)].map(
    ({ owner, ttl, type, rdata }) => `${owner}${ttl === undefined ? '' : ` ${ttl}`} IN ${type} ${rdata}\n`,
  )
  return `$ORIGIN ${absolute(origin)}\n$TTL ${defaultTtl}\n${lines.join('')}`
}

function absolute(origin: string): string {
  return origin.endsWith('.') ? origin : `${origin}.`
}

function stored({ owner, ttl, type, rdata }: SampleRecord, origin: Name): Uint8Array {
  const number = typeFromText(type)!
  return encodeRR({
    owner: owner === '@' ? origin : parseName(owner, origin),
    type: number,
    ttl: ttl ?? defaultTtl,
    rdata: parseRDATAText(number, rdata, origin),
  })
}

/** The records of a sample zone; `www` is 192.0.2.1, and the last is `zz-last` with 192.0.2.254. */
export function* sampleRecords(origin: string, count: number, seed = defaultSeed): Generator<SampleRecord, void, undefined> {
  yield record('@', 3600, 'SOA', 'ns1 hostmaster 1 3600 600 1209600 300')
  yield record('@', undefined, 'NS', 'ns1')
  yield record('@', undefined, 'NS', 'ns2')
  yield record('ns1', undefined, 'A', '127.0.0.1')
  yield record('ns2', undefined, 'A', '127.0.0.1')
  yield record('www', 60, 'A', '192.0.2.1')
  const random = new MersenneTwister(`${seed}:${absolute(origin)}:${count}`)
  let made = 6
  for (let host = 1; made < count - 1; host++) {
    const records = hostRecords(random, host, count - 1 - made)
    made += records.length
    yield* records
  }
  yield record('zz-last', 60, 'A', '192.0.2.254')
}

const prefixes = ['h', 'srv', 'web', 'db', 'ip', 'cust']
const ttls = [60, 300, 300, 3600, 3600, 3600, 86_400]

function hostRecords(random: MersenneTwister, host: number, room: number): SampleRecord[] {
  const prefix = prefixes[random.bits(8) % prefixes.length]!
  const name = `${prefix}${host.toString(16)}-${random.bits(16).toString(16)}`
  const ttl = ttls[random.bits(8) % ttls.length]!
  const kind = room < 4 ? 0 : random.random()
  if (room < 4) random.random()
  if (kind < 0.4) return [record(name, ttl, 'A', ip4(random))]
  if (kind < 0.52) return [record(name, ttl, 'A', ip4(random)), record(name, ttl, 'AAAA', ip6(random))]
  if (kind < 0.57) return [record(name, ttl, 'AAAA', ip6(random))]
  if (kind < 0.73) return [record(name, ttl, 'CNAME', random.bits(1) ? `t${hex(random, 20)}.cdn.example.net.` : 'www')]
  if (kind < 0.79) return [record(name, ttl, 'TXT', `"v=spf1 include:_spf${hex(random, 12)}.example.net -all"`)]
  if (kind < 0.83) return [record(`_dmarc.${name}`, ttl, 'TXT', dmarc(random))]
  if (kind < 0.88) {
    return [record(name, ttl, 'MX', '10 mx1.example.net.'), record(name, ttl, 'MX', `20 mx${random.bits(8)}.example.org.`)]
  }
  if (kind < 0.915) return delegation(random, name)
  if (kind < 0.955) {
    const rdata = `${random.bits(4)} ${random.bits(6)} ${5060 + random.bits(4)} www`
    return [record(`_sip._tcp.${name}`, ttl, 'SRV', rdata)]
  }
  return [record(name, ttl, 'CAA', `0 issue "ca${random.bits(8)}.example.net"`)]
}

function delegation(random: MersenneTwister, name: string): SampleRecord[] {
  const records = [
    record(name, 86_400, 'NS', `ns1.${name}`),
    record(name, 86_400, 'NS', `ns${random.bits(6)}.example.org.`),
    record(`ns1.${name}`, 86_400, 'A', ip4(random)),
  ]
  if (random.bits(1)) records.push(record(name, 86_400, 'DS', `${random.bits(16)} 13 2 ${random.hex(256).toUpperCase()}`))
  return records
}

function dmarc(random: MersenneTwister): string {
  return `"v=DMARC1; p=reject; rua=mailto:d${hex(random, 24)}@example.net" "k=${random.hex(256)}"`
}

function ip4(random: MersenneTwister): string {
  return `198.${18 + random.bits(1)}.${random.bits(8)}.${random.bits(8)}`
}

function ip6(random: MersenneTwister): string {
  return `2001:db8:${hex(random, 16)}:${hex(random, 16)}::${hex(random, 16)}`
}

function hex(random: MersenneTwister, bits: number): string {
  return random.bits(bits).toString(16)
}

function record(owner: string, ttl: number | undefined, type: string, rdata: string): SampleRecord {
  return { owner, ttl, type, rdata }
}
