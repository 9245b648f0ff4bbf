/** Blocks of IP addresses: which addresses are in them, and where they begin and end. */
import { isIPv4, isIPv6 } from 'node:net'
import { z } from 'zod'

export interface Address {
  readonly bits: 32 | 128
  readonly value: bigint
}

/** Addresses from `first` to `last`. */
export interface Range {
  readonly bits: 32 | 128
  readonly first: bigint
  readonly last: bigint
}

const cidr = z.string().refine((text) => rangeIn(text) !== undefined, 'must be an address and the length of a prefix')

export const ipBlockSchema = z
  .strictObject({ cidr, except: z.array(cidr).optional() })
  .refine(({ cidr: whole, except = [] }) => except.every((one) => isWithin(parseRange(one), parseRange(whole))), {
    message: 'an exception must be part of the block, and less than all of it',
  })

export type IPBlock = z.output<typeof ipBlockSchema>

export function blockContains({ cidr: whole, except = [] }: IPBlock, address: Address): boolean {
  const inside = (text: string) => contains(parseRange(text), address)
  return inside(whole) && !except.some(inside)
}

/** Addresses at which the answer of `blockContains` may change: the ends of its parts, and those beside them. */
export function edgesOf({ cidr: whole, except = [] }: IPBlock): Address[] {
  return [whole, ...except]
    .map(parseRange)
    .flatMap(({ bits, first, last }) =>
      [first - 1n, first, last, last + 1n]
        .filter((value) => value >= 0n && value < 1n << BigInt(bits))
        .map((value) => ({ bits, value })),
    )
}

export function parseAddress(text: string): Address {
  if (isIPv4(text)) return { bits: 32, value: joined(text.split('.').map(Number), 8n) }
  if (!isIPv6(text)) throw new Error(`${text} is no IP address`)
  return { bits: 128, value: joined(groupsOf(text), 16n) }
}

/** The whole of the prefix, wherever in it the address stands, as Kubernetes takes it. */
export function parseRange(text: string): Range {
  const range = rangeIn(text)
  if (!range) throw new Error(`${text} is no block of addresses`)
  return range
}

export function formatAddress({ bits, value }: Address): string {
  const [width, count] = bits === 32 ? [8n, 4] : [16n, 8]
  const parts = Array.from({ length: count }, (_, i) => (value >> (BigInt(count - 1 - i) * width)) & ((1n << width) - 1n))
  return bits === 32 ? parts.join('.') : parts.map((part) => part.toString(16)).join(':')
}

function rangeIn(text: string): Range | undefined {
  const [, address = '', length = ''] = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(text) ?? []
  if (!isIPv4(address) && !isIPv6(address)) return undefined
  const { bits, value } = parseAddress(address)
  if (Number(length) > bits) return undefined
  const rest = BigInt(bits - Number(length))
  const first = (value >> rest) << rest
  return { bits, first, last: first + (1n << rest) - 1n }
}

function groupsOf(text: string): number[] {
  const [head = '', tail] = text.split('::')
  const before = sixteens(head)
  if (tail === undefined) return before
  const after = sixteens(tail)
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
}

/** Groups of 16 bits; the last two may be written as an IPv4 address. */
function sixteens(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const value = Number(joined(group.split('.').map(Number), 8n))
    return [value >>> 16, value & 0xffff]
  })
}

function joined(parts: readonly number[], width: bigint): bigint {
  return parts.reduce((value, part) => (value << width) | BigInt(part), 0n)
}

function contains({ bits, first, last }: Range, address: Address): boolean {
  return bits === address.bits && first <= address.value && address.value <= last
}

function isWithin(part: Range, whole: Range): boolean {
  const size = ({ first, last }: Range) => last - first
  return part.bits === whole.bits && whole.first <= part.first && part.last <= whole.last && size(part) < size(whole)
}
