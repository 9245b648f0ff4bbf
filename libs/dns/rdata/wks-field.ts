/** The protocol and ports of WKS (RFC 1035 §3.4.2). */
import { WireError } from '../violation.ts'
import { skip } from '../wire.ts'
import type { Field } from './field.ts'
import { decimal } from './number-fields.ts'
import type { TokenReader } from './token-reader.ts'

const protocols: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['tcp', 6],
  ['udp', 17],
])

/** The services of RFC 1010 and the few later ones that are met in old zones; we write numbers. */
const services: ReadonlyMap<string, number> = new Map([
  ['echo', 7],
  ['discard', 9],
  ['systat', 11],
  ['daytime', 13],
  ['netstat', 15],
  ['qotd', 17],
  ['chargen', 19],
  ['ftp-data', 20],
  ['ftp', 21],
  ['ssh', 22],
  ['telnet', 23],
  ['smtp', 25],
  ['time', 37],
  ['nameserver', 42],
  ['whois', 43],
  ['domain', 53],
  ['tftp', 69],
  ['gopher', 70],
  ['finger', 79],
  ['http', 80],
  ['hostnames', 101],
  ['pop3', 110],
  ['sunrpc', 111],
  ['auth', 113],
  ['nntp', 119],
  ['ntp', 123],
  ['imap2', 143],
  ['snmp', 161],
])

/** The octets of 65 536 bits. */
const maxMapOctets = 8192

/** PROTOCOL and the bit map of ports to the end of the RDATA. A map that ends in a zero octet is legal and has no text of its own. */
export const wellKnownServices: Field = {
  what: 'PROTOCOL, BIT MAP',
  scan: (_bytes, offset, end) => {
    const start = skip(offset, 1, end, 'PROTOCOL')
    if (end - start > maxMapOctets) throw new WireError('the bit map of WKS has more than 65536 ports', start)
    return end
  },
  format: (bytes, offset, end) => {
    if (end > offset + 1 && bytes[end - 1] === 0) return undefined
    const words = [String(bytes[offset])]
    for (let bit = 0; bit < 8 * (end - offset - 1); bit++) {
      if (bytes[offset + 1 + (bit >> 3)]! & (0x80 >> (bit & 7))) words.push(String(bit))
    }
    return words.join(' ')
  },
  parse: (input, out) => {
    out.u8(readWord(input, 'PROTOCOL', protocols, 0xff))
    const bits = new Uint8Array(maxMapOctets)
    let length = 0
    while (input.more) {
      const port = readWord(input, 'a port', services, 0xffff)
      bits[port >> 3]! |= 0x80 >> (port & 7)
      length = Math.max(length, (port >> 3) + 1)
    }
    out.bytes(bits.subarray(0, length))
  },
}

function readWord(input: TokenReader, what: string, words: ReadonlyMap<string, number>, max: number): number {
  const text = input.word(what)
  const value = words.get(text.toLowerCase()) ?? decimal(text)
  if (!(value <= max))
    throw input.error(`${what} is a number from 0 to ${max} or a well-known name, not ${text}`, 'RFC 1035 §3.4.2')
  return value
}
