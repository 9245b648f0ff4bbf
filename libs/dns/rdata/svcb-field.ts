/** The SvcParams of SVCB and HTTPS (RFC 9460 §2). */
import { scanName } from '../name.ts'
import { WireError } from '../violation.ts'
import { skip, u16At, WireWriter } from '../wire.ts'
import type { Field } from './field.ts'
import { keyFromText, keyToText, opaque, type SvcParam, svcParam, svcParamKey } from './svcb-params.ts'
import { writeText } from './text-fields.ts'
import type { TokenReader } from './token-reader.ts'

/** Key, length and value each, in strictly ascending order of keys, to the end of the RDATA (§2.2). */
export function svcParams(what: string): Field {
  return {
    what,
    scan: (bytes, offset, end) => {
      scanParams(bytes, offset, end)
      return end
    },
    format: (bytes, offset, end) => {
      const words: string[] = []
      for (let at = offset; at < end; at += 4 + u16At(bytes, at + 2)) {
        const key = u16At(bytes, at)
        const value = svcParam(key).format(bytes, at + 4, at + 4 + u16At(bytes, at + 2))
        words.push(value === undefined ? keyToText(key) : `${keyToText(key)}=${value}`)
      }
      return words.join(' ')
    },
    parse: (input, out) => {
      const values = new Map<number, Uint8Array>()
      while (input.more) readParam(input, values)
      for (const [key, value] of [...values].toSorted(([a], [b]) => a - b)) {
        out.u16(key)
        out.u16(value.length)
        out.bytes(value)
      }
    },
  }
}

function scanParams(bytes: Uint8Array, offset: number, end: number): void {
  let previous = -1
  for (let at = offset; at < end;) {
    const valueStart = skip(at, 4, end, 'a SvcParam')
    const key = u16At(bytes, at)
    if (key <= previous) throw new WireError('SvcParamKeys are not in ascending order (RFC 9460 §2.2)', at)
    previous = key
    const next = skip(valueStart, u16At(bytes, at + 2), end, keyToText(key))
    svcParam(key).scan(bytes, valueStart, next)
    at = next
  }
}

function readParam(input: TokenReader, values: Map<number, Uint8Array>): void {
  const text = input.word('a SvcParam')
  const equals = text.indexOf('=')
  const keyword = equals < 0 ? text : text.slice(0, equals)
  const key = keyFromText(keyword)
  if (key === undefined) throw input.error(`${keyword} is not a SvcParamKey`, 'RFC 9460 §2.1')
  if (values.has(key)) throw input.error(`${keyword} stands twice`, 'RFC 9460 §2.1')
  // In the form keyNNNNN the value is the octets themselves, also where the key has a name (§2.1).
  const param: SvcParam = keyword === svcParam(key).keyword ? svcParam(key) : opaque(keyword, 0)
  const out = new WireWriter(64)
  const complaint = param.parse(equals < 0 ? undefined : decodeValue(text.slice(equals + 1), input), out)
  if (complaint !== undefined) throw input.error(`${keyword} ${complaint}`, 'RFC 9460 §2.1')
  if (out.length > 0xffff) throw input.error(`${keyword} has ${out.length} octets, and 65535 is the limit`, 'RFC 9460 §2.2')
  const value = out.take()
  svcParam(key).scan(value, 0, value.length)
  values.set(key, value)
}

/** The octets of a value, which may stand in quotes, one character each. */
function decodeValue(raw: string, input: TokenReader): string {
  const isQuoted = raw.length >= 2 && raw.startsWith('"') && raw.endsWith('"')
  const out = new WireWriter(64)
  writeText(isQuoted ? raw.slice(1, -1) : raw, input, out)
  let value = ''
  for (const octet of out.take()) value += String.fromCharCode(octet)
  return value
}

/** A key that mandatory lists is there, and so is alpn beside no-default-alpn (§2.4.3, §7.1.1, §8). */
export function checkSVCB(rdata: Uint8Array): void {
  const start = scanName(rdata, 2, rdata.length)
  const params = new Map<number, Uint8Array>()
  for (let at = start; at < rdata.length; at += 4 + u16At(rdata, at + 2)) {
    params.set(u16At(rdata, at), rdata.subarray(at + 4, at + 4 + u16At(rdata, at + 2)))
  }
  const mandatory = params.get(svcParamKey.mandatory)
  for (let at = 0; at < (mandatory?.length ?? 0); at += 2) {
    const key = u16At(mandatory!, at)
    if (!params.has(key)) throw new WireError(`mandatory lists ${keyToText(key)}, which is missing (RFC 9460 §8)`, start)
  }
  if (params.has(svcParamKey.noDefaultAlpn) && !params.has(svcParamKey.alpn)) {
    throw new WireError('no-default-alpn stands without alpn (RFC 9460 §7.1.1)', start)
  }
}
