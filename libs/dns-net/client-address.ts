/** A client's IP address as octets. */
import { isIPv4, isIPv6 } from 'node:net'

/** 4 octets or 16; IPv4 inside IPv6 counts as IPv4, and a zone index is left out. */
export function addressOctets(text: string): Uint8Array {
  const address = text.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '')
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number)
  if (!isIPv6(address)) throw new Error(`${text} is not an IP address`)
  const [head = '', tail] = address.split('::')
  const before = groupsOf(head)
  const after = groupsOf(tail ?? '')
  const groups = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after]
  return Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff]))
}

export function isLoopback(address: Uint8Array): boolean {
  if (address.length === 4) return address[0] === 127
  return address.every((octet, i) => octet === (i === 15 ? 1 : 0))
}

function groupsOf(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [(a << 8) | b, (c << 8) | d]
  })
}
