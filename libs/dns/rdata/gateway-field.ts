/** The gateway of IPSECKEY and the relay of AMTRELAY: nothing, an address or a name, as a number before it says. */
import { formatName, scanName } from '../name.ts'
import { skip, type WireWriter } from '../wire.ts'
import { ipv4, ipv6 } from './address-fields.ts'
import type { Field } from './field.ts'
import { readName } from './name-fields.ts'
import { readNumber } from './number-fields.ts'
import type { TokenReader } from './token-reader.ts'

interface Gateway {
  scan(bytes: Uint8Array, offset: number, end: number): number
  format(bytes: Uint8Array, offset: number, end: number): string | undefined
  parse(input: TokenReader, out: WireWriter): void
}

const nothing: Gateway = {
  scan: (_bytes, offset) => offset,
  format: () => '.',
  parse: (input) => {
    if (input.word('a dot for no gateway') !== '.') throw input.error('type 0 has no gateway: write a dot', 'RFC 4025 §3.1')
  },
}

/** A name that is neither compressed nor folded (RFC 4025 §2.5, RFC 8777 §4.2.4). */
const wireName: Gateway = {
  scan: scanName,
  format: (bytes, offset, end) => formatName(bytes.subarray(offset, end)),
  parse: (input, out) => {
    out.bytes(readName(input, 'the name of the gateway'))
  },
}

/** By type: RFC 4025 §2.3, RFC 8777 §4.2.3. Another type's octets are carried to the end of the RDATA and have no text. */
const gateways: readonly Gateway[] = [nothing, ipv4('gateway'), ipv6('gateway'), wireName]

/** Gateway type, algorithm and gateway of IPSECKEY, which stand in this order (RFC 4025 §2.1). */
export const ipsecGateway: Field = {
  what: 'gateway type, algorithm, gateway',
  scan: (bytes, offset, end) => {
    const start = skip(offset, 2, end, 'IPSECKEY')
    return gateways[bytes[offset]!]?.scan(bytes, start, end) ?? end
  },
  format: (bytes, offset, end) => {
    const text = gateways[bytes[offset]!]?.format(bytes, offset + 2, end)
    return text === undefined ? undefined : `${bytes[offset]} ${bytes[offset + 1]} ${text}`
  },
  parse: (input, out) => {
    const type = readNumber(input, 'the gateway type', gateways.length - 1)
    out.u8(type)
    out.u8(readNumber(input, 'the algorithm', 0xff))
    gateways[type]!.parse(input, out)
  },
}

/** Discovery bit, relay type and relay of AMTRELAY (RFC 8777 §4.2). */
export const relay: Field = {
  what: 'D, type, relay',
  scan: (bytes, offset, end) => {
    const start = skip(offset, 1, end, 'AMTRELAY')
    return gateways[bytes[offset]! & 0x7f]?.scan(bytes, start, end) ?? end
  },
  format: (bytes, offset, end) => {
    const type = bytes[offset]! & 0x7f
    const text = gateways[type]?.format(bytes, offset + 1, end)
    return text === undefined ? undefined : `${bytes[offset]! >> 7} ${type} ${text}`
  },
  parse: (input, out) => {
    const discovery = readNumber(input, 'the discovery bit', 1)
    const type = readNumber(input, 'the relay type', gateways.length - 1)
    out.u8((discovery << 7) | type)
    gateways[type]!.parse(input, out)
  },
}
