/** What is fuzzed, and what must hold of every input. */
import {
  decodeRR,
  encodeMessage,
  encodeRR,
  equalBytes,
  formatRR,
  formatZone,
  isMetaType,
  parseMessage,
  MessageError,
  parseName,
  parseQuery,
  typeToText,
  type RR,
  type ZoneFileItem,
  ZoneFileParser,
} from '@zonecast/dns'
import type { Target } from './fuzz.ts'
import { plantedFault } from './planted.ts'

const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const hex = (text: string): Uint8Array => Buffer.from(text, 'hex')

/** A message is read, or refused with a MessageError; what was read is written and read back to the same. */
const message: Target = {
  code: '/libs/dns/',
  maxOctets: 1500,
  words: [
    ...[1, 2, 5, 6, 12, 15, 16, 28, 33, 35, 39, 41, 43, 46, 47, 50, 64, 65, 250, 255, 257].map((type) =>
      Uint8Array.of(type >>> 8, type),
    ),
    ...['c00c', 'c0', 'c000', '00010001', '00000000', '0000290200000000', '000a0018', '00ff', '01', '3f', '8180', '0100'].map(
      hex,
    ),
    ascii('\x07example\x03com\x00'),
  ],
  run: (input) => {
    allowing(MessageError, () => parseQuery(input))
    const read = allowing(MessageError, () => parseMessage(input))
    if (read === undefined) return
    const { bytes, truncated } = encodeMessage(read)
    if (truncated) return
    const again = parseMessage(bytes)
    for (const section of ['answers', 'authorities', 'additionals'] as const) {
      must(again[section].length === read[section].length, `${section}: ${again[section].length} of ${read[section].length} RRs`)
      for (const [i, rr] of read[section].entries()) must(equalBytes(encodeRR(again[section][i]!), encodeRR(rr)), formatRR(rr))
    }
    for (const rr of [...read.answers, ...read.authorities, ...read.additionals]) textReadsBack(rr)
  },
}

const origin = parseName('example.')
/** The text of an RR that was read from the wire is read back to the same octets. */
function textReadsBack(rr: RR): void {
  if (isMetaType(rr.type)) return
  const items = itemsOf(ascii(`${formatRR(rr)}\n`), parseName('.'))
  const [item] = items
  must(item?.kind === 'rr', `${typeToText(rr.type)} is not read back: ${formatRR(rr).slice(0, 300)}: ${JSON.stringify(item)}`)
  if (item?.kind === 'rr') must(equalBytes(item.rr.rdata, rr.rdata), `is read back as other RDATA: ${formatRR(rr).slice(0, 300)}`)
}

/** A zone file yields items; the RRs among them are written and read back to the same, and the cuts of the pieces change nothing. */
const zoneFile: Target = {
  code: '/libs/dns/',
  maxOctets: 1024,
  words: [
    '$ORIGIN ',
    '$TTL 3600\n',
    '$GENERATE 1-3 a$ A 192.0.2.$\n',
    '$GENERATE 0-9/3 ${1,2,x}.b CNAME c$\n',
    '$INCLUDE x\n',
    '@',
    '*',
    '(',
    ')',
    ';',
    '"',
    '\\',
    '\\000',
    '\n',
    '\r\n',
    '\t',
    ' ',
    ' IN ',
    ' CH ',
    ' 1h2m ',
    ' 3600 ',
    '\\# 4 c0000201',
    '\\# 0',
    '2001:db8::1',
    '192.0.2.1',
    'example.',
    '1-',
    '${0,3,d}',
    'A',
    'AAAA',
    'NS',
    'SOA',
    'MX',
    'TXT',
    'CAA',
    'SRV',
    'SVCB',
    'HTTPS',
    'LOC',
    'APL',
    'NAPTR',
    'TLSA',
    'DS',
    'DNSKEY',
    'RRSIG',
    'NSEC',
    'NSEC3',
    'TYPE65280',
    'IPSECKEY',
    'HIP',
    'CERT',
    'WKS',
    'alpn=h2,h3',
    'ipv4hint=192.0.2.1',
    'mandatory=alpn',
    'key65=x',
    '20260101000000',
    'RSASHA256',
    '52 22 23.000 N',
  ].map(ascii),
  run: (input) => {
    const items = itemsOf(input, origin)
    const rrs = items.flatMap((item) => (item.kind === 'rr' ? [item.rr] : []))
    for (const rr of rrs) must(equalBytes(encodeRR(decodeRR(encodeRR(rr))), encodeRR(rr)), formatRR(rr))
    const again = itemsOf(ascii([...formatZone(rrs, { origin })].join('')), origin)
    const read = again.flatMap((item) => (item.kind === 'rr' ? [hexOf(item.rr)] : []))
    must(
      read.length === rrs.length,
      `${read.length} of ${rrs.length} RRs are read back: ${JSON.stringify(again.find(({ kind }) => kind !== 'rr'))}`,
    )
    must(rrs.map(hexOf).toSorted().join() === read.toSorted().join(), 'RRs are read back as others')
    const cut = itemsOf(input, origin, 1 + (input.length % 7))
    must(JSON.stringify(cut.map(kindOf)) === JSON.stringify(items.map(kindOf)), 'cut in pieces it says something else')
  },
}

const hexOf = (rr: RR): string => Buffer.from(encodeRR(rr)).toString('hex')
const kindOf = (item: ZoneFileItem): unknown => (item.kind === 'rr' ? hexOf(item.rr) : item)

/** What a small file may make: `$GENERATE` multiplies, and is bounded by the option. */
const maxGenerate = 100

function itemsOf(input: Uint8Array, at: typeof origin, pieceOctets = input.length || 1): ZoneFileItem[] {
  const parser = new ZoneFileParser({ origin: at, defaultTtl: 300, maxGenerate })
  const items: ZoneFileItem[] = []
  for (let start = 0; start < input.length; start += pieceOctets) {
    parser.push(input.subarray(start, start + pieceOctets), (item) => void items.push(item))
  }
  parser.end((item) => void items.push(item))
  must(items.length <= (input.length + 1) * maxGenerate, `${items.length} items from ${input.length} octets`)
  return items
}

/** A fault behind three conditions, which chance alone does not find: it shows that the loop is guided. */
const planted: Target = {
  code: '/conformance/fuzz/planted.ts',
  maxOctets: 64,
  words: [],
  run: (input) => plantedFault(input),
}

/** An input that begins with a question mark never ends. */
const endless: Target = {
  ...planted,
  run: (input) => {
    while (input[0] === 0x3f);
  },
}

const held: unknown[] = []
/** Each input is held for good, a thousand times over. */
const growing: Target = {
  ...planted,
  run: (input) => void held.push(Array.from({ length: 100_000 }, (_, i) => [i, input])),
}

export const targets = { message, 'zone-file': zoneFile, planted, endless, growing }
export type TargetName = keyof typeof targets

function allowing<T>(expected: new (...args: never[]) => Error, run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (error instanceof expected) return undefined
    throw error
  }
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}
