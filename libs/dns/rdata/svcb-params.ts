/** The SvcParamKeys we know: wire rules and text of their values (RFC 9460 §7, §8). */
import { decodeBase64, encodeBase64 } from '../base-encodings.ts'
import { textOfCodes } from '../character-codes.ts'
import { WireError } from '../violation.ts'
import { u16At, type WireWriter } from '../wire.ts'
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from './address-fields.ts'
import { decimal } from './number-fields.ts'
import { quote } from './text-fields.ts'

/** One key. `value` is the decoded character-string, one character an octet; functions given a bad one return a complaint. */
export interface SvcParam {
  readonly keyword: string
  /** Throws WireError where the value from `offset` to `end` is not in the key's format. */
  scan(bytes: Uint8Array, offset: number, end: number): void
  /** The value as it stands after `=`; undefined where the key has none. */
  format(bytes: Uint8Array, offset: number, end: number): string | undefined
  parse(value: string | undefined, out: WireWriter): string | undefined
}

/** A list of items of one size, written with commas. */
function list(keyword: string, size: number, format: (bytes: Uint8Array, at: number) => string, write: ItemWriter): SvcParam {
  return {
    keyword,
    scan: (_bytes, offset, end) => {
      if (end === offset || (end - offset) % size !== 0)
        throw new WireError(`${keyword} is not a list of ${size} octets each`, offset)
    },
    format: (bytes, offset, end) => {
      const items: string[] = []
      for (let at = offset; at < end; at += size) items.push(format(bytes, at))
      return items.join(',')
    },
    parse: (value, out) => {
      if (value === undefined || value === '') return 'needs a value'
      for (const item of value.split(',')) if (!write(item, out)) return `cannot have ${item}`
      return undefined
    },
  }
}
type ItemWriter = (item: string, out: WireWriter) => boolean

/** A key that has no value. */
function flag(keyword: string): SvcParam {
  return {
    keyword,
    scan: (_bytes, offset, end) => {
      if (end > offset) throw new WireError(`${keyword} has a value`, offset)
    },
    format: () => undefined,
    parse: (value) => (value === undefined || value === '' ? undefined : 'has no value'),
  }
}

/** A value of octets that is not looked into; `minOctets` of them at least. */
export function opaque(keyword: string, minOctets: number): SvcParam {
  return {
    keyword,
    scan: (_bytes, offset, end) => {
      if (end - offset < minOctets) throw new WireError(`${keyword} needs a value`, offset)
    },
    format: (bytes, offset, end) => (end === offset ? undefined : quote(bytes, offset, end)),
    parse: (value = '', out) => {
      for (let i = 0; i < value.length; i++) out.u8(value.charCodeAt(i))
      return value.length < minOctets ? 'needs a value' : undefined
    },
  }
}

const mandatory: SvcParam = {
  ...list(
    'mandatory',
    2,
    (bytes, at) => keyToText(u16At(bytes, at)),
    () => false,
  ),
  scan: (bytes, offset, end) => {
    if (end === offset || (end - offset) % 2 !== 0) throw new WireError('mandatory is not a list of keys', offset)
    for (let at = offset, previous = 0; at < end; at += 2) {
      const key = u16At(bytes, at)
      if (key <= previous) throw new WireError('mandatory has itself, a key twice, or keys out of order (RFC 9460 §8)', at)
      previous = key
    }
  },
  parse: (value, out) => {
    const keys = (value ?? '').split(',').map((word) => keyFromText(word))
    if (keys.includes(undefined)) return 'is a list of keys'
    for (const key of keys.map((one) => one ?? 0).toSorted((a, b) => a - b)) out.u16(key)
    return undefined
  },
}

const alpn: SvcParam = {
  keyword: 'alpn',
  scan: (bytes, offset, end) => {
    let at = offset
    do {
      const length = bytes[at] ?? 0
      if (at >= end || length === 0 || at + 1 + length > end)
        throw new WireError('alpn has an empty or cut protocol id (RFC 9460 §7.1.1)', at)
      at += 1 + length
    } while (at < end)
  },
  format: (bytes, offset, end) => {
    // A comma or backslash of an id is escaped for the list, and the list for the character-string around it (§A.1).
    const octets: number[] = []
    for (let at = offset; at < end; at += 1 + bytes[at]!) {
      if (at > offset) octets.push(0x2c)
      for (const octet of bytes.subarray(at + 1, at + 1 + bytes[at]!)) {
        if (octet === 0x2c || octet === 0x5c) octets.push(0x5c)
        octets.push(octet)
      }
    }
    return quote(Uint8Array.from(octets), 0, octets.length)
  },
  parse: (value = '', out) => {
    for (const id of splitList(value)) {
      if (id.length === 0 || id.length > 255) return 'is a list of protocol ids of 1 to 255 octets'
      out.u8(id.length)
      for (let i = 0; i < id.length; i++) out.u8(id.charCodeAt(i))
    }
    return undefined
  },
}

/** The items between commas, where `\,` and `\\` are a comma and a backslash (RFC 9460 §A.1). */
function splitList(value: string): string[] {
  const items = ['']
  for (let i = 0; i < value.length; i++) {
    if (value[i] === ',') items.push('')
    else items[items.length - 1] += value[i] === '\\' ? (value[++i] ?? '') : value[i]!
  }
  return items
}

const port: SvcParam = {
  keyword: 'port',
  scan: (_bytes, offset, end) => {
    if (end - offset !== 2) throw new WireError('port is not two octets (RFC 9460 §7.2)', offset)
  },
  format: (bytes, offset) => String(u16At(bytes, offset)),
  parse: (value = '', out) => {
    const number = decimal(value)
    if (!(number <= 0xffff)) return 'is a number from 0 to 65535'
    out.u16(number)
    return undefined
  },
}

const ech: SvcParam = {
  ...opaque('ech', 1),
  format: encodeBase64,
  parse: (value = '', out) => {
    const octets = decodeBase64(value)
    if (octets === undefined || octets.length === 0) return 'is base64'
    out.bytes(octets)
    return undefined
  },
}

function writeIPv4(item: string, out: WireWriter): boolean {
  const address = parseIPv4(item)
  if (address !== undefined) out.u32(address)
  return address !== undefined
}

function writeIPv6(item: string, out: WireWriter): boolean {
  const address = parseIPv6(item)
  if (address !== undefined) out.bytes(address)
  return address !== undefined
}

/** A URI template with the variable `dns`, of which only path and query are there (RFC 9461 §5). */
function complaintAboutDohpath(value: string): string | undefined {
  if (!value.startsWith('/')) return 'begins with /'
  if (!isUTF8(value)) return 'is UTF-8'
  const expressions = value.split('{').slice(1)
  if (expressions.some((rest) => !rest.includes('}'))) return 'has an expression that is not closed'
  const variables = expressions.flatMap((rest) =>
    rest
      .slice(0, rest.indexOf('}'))
      .replace(/^[+#./;?&]/, '')
      .split(','),
  )
  const names = variables.map((variable) => variable.replace(/(?:\*|:\d+)$/, ''))
  return names.includes('dns') ? undefined : 'has the variable dns in braces'
}

/** True where octets, one character each, decode as UTF-8. */
function isUTF8(value: string): boolean {
  try {
    decodeURIComponent(value.replace(/[%\u0080-\u00ff]/g, (octet) => `%${octet.charCodeAt(0).toString(16)}`))
    return true
  } catch {
    return false
  }
}

const dohpath: SvcParam = {
  ...opaque('dohpath', 1),
  scan: (bytes, offset, end) => {
    const complaint = complaintAboutDohpath(textOfCodes(Array.from(bytes.subarray(offset, end))))
    if (complaint !== undefined) throw new WireError(`dohpath ${complaint} (RFC 9461 §5)`, offset)
  },
}

export const svcParamKey = { mandatory: 0, alpn: 1, noDefaultAlpn: 2 } as const

/** By key: RFC 9460 §14.3.2, dohpath of RFC 9461 §5, ohttp of RFC 9540 §4. */
const params: readonly SvcParam[] = [
  mandatory,
  alpn,
  flag('no-default-alpn'),
  port,
  list('ipv4hint', 4, formatIPv4, writeIPv4),
  ech,
  list('ipv6hint', 16, formatIPv6, writeIPv6),
  dohpath,
  flag('ohttp'),
]

/** Keys whose name is younger than many readers, BIND 9.18 among them: `keyNNNNN` is understood by all. */
const writtenAsNumber: ReadonlySet<number> = new Set([8])
const unknown = opaque('', 0)

/** The rules of a key; the value of an unknown one is opaque. */
export function svcParam(key: number): SvcParam {
  return params[key] ?? unknown
}

/** The key's name, or `keyNNNNN` (§2.1), as others are sure to read it. */
export function keyToText(key: number): string {
  return writtenAsNumber.has(key) ? `key${key}` : (params[key]?.keyword ?? `key${key}`)
}

/** The key of a name or of `keyNNNNN` without leading zeros (§2.1). */
export function keyFromText(text: string): number | undefined {
  const known = params.findIndex(({ keyword }) => keyword === text)
  if (known >= 0) return known
  const digits = /^key(0|[1-9]\d{0,4})$/.exec(text)?.[1]
  const key = digits === undefined ? NaN : Number(digits)
  return key <= 0xffff ? key : undefined
}
