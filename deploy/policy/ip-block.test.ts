/** Which addresses are in a block. */
import assert from 'node:assert/strict'
import { BlockList } from 'node:net'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { blockContains, edgesOf, formatAddress, ipBlockSchema, parseAddress, parseRange } from './ip-block.ts'

for (const { name, block, address, inside } of [
  { name: 'its first address', block: { cidr: '10.0.0.0/24' }, address: '10.0.0.0', inside: true },
  { name: 'its last address', block: { cidr: '10.0.0.0/24' }, address: '10.0.0.255', inside: true },
  { name: 'the one behind', block: { cidr: '10.0.0.0/24' }, address: '10.0.1.0', inside: false },
  {
    name: 'an address in the middle of a prefix stands for all of it',
    block: { cidr: '10.0.0.7/24' },
    address: '10.0.0.1',
    inside: true,
  },
  { name: 'everything', block: { cidr: '0.0.0.0/0' }, address: '255.255.255.255', inside: true },
  { name: 'everything of IPv4 has no IPv6', block: { cidr: '0.0.0.0/0' }, address: '::1', inside: false },
  { name: 'everything of IPv6 has no IPv4', block: { cidr: '::/0' }, address: '10.0.0.1', inside: false },
  { name: 'one address', block: { cidr: '2001:db8::1/128' }, address: '2001:db8:0:0::1', inside: true },
  { name: 'an exception', block: { cidr: '172.17.0.0/16', except: ['172.17.1.0/24'] }, address: '172.17.1.9', inside: false },
  {
    name: 'beside an exception',
    block: { cidr: '172.17.0.0/16', except: ['172.17.1.0/24'] },
    address: '172.17.2.0',
    inside: true,
  },
  { name: 'IPv4 written at the end of IPv6', block: { cidr: '64:ff9b::/96' }, address: '64:ff9b::192.0.2.1', inside: true },
])
  test(`a block: ${name}`, () => assert.equal(blockContains(block, parseAddress(address)), inside))

for (const { name, block } of [
  { name: 'no prefix', block: { cidr: '10.0.0.0' } },
  { name: 'a prefix that is too long', block: { cidr: '10.0.0.0/33' } },
  { name: 'no address', block: { cidr: '10.0.0/24' } },
  { name: 'an exception outside', block: { cidr: '10.0.0.0/24', except: ['10.0.1.0/25'] } },
  { name: 'an exception that is all of it', block: { cidr: '10.0.0.0/24', except: ['10.0.0.0/24'] } },
])
  test(`a block is refused: ${name}`, () => assert.equal(ipBlockSchema.safeParse(block).success, false))

const arbAddress = fc.oneof(fc.ipV4(), fc.ipV6())
const arbCIDR = fc.oneof(
  fc.tuple(fc.ipV4(), fc.nat(32)).map(([address, length]) => `${address}/${length}`),
  fc.tuple(fc.ipV6(), fc.nat(128)).map(([address, length]) => `${address}/${length}`),
)

test('node:net agrees on what is in a block', () =>
  fc.assert(
    fc.property(arbCIDR, arbAddress, (cidr, other) => {
      const { bits } = parseRange(cidr)
      const [address = '', length] = cidr.split('/')
      const list = new BlockList()
      list.addSubnet(address, Number(length), bits === 32 ? 'ipv4' : 'ipv6')
      for (const tried of [...edgesOf({ cidr }), parseAddress(other)]) {
        // An IPv4 address inside IPv6 is the same to node:net, and another one to us.
        if (tried.bits !== bits || (bits === 128 && tried.value >> 32n === 0xffffn)) continue
        assert.equal(blockContains({ cidr }, tried), list.check(formatAddress(tried), bits === 32 ? 'ipv4' : 'ipv6'))
      }
    }),
  ))

test('an address is read back as it was written', () =>
  fc.assert(
    fc.property(arbAddress, (text) => assert.deepEqual(parseAddress(formatAddress(parseAddress(text))), parseAddress(text))),
  ))
