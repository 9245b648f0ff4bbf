/** ZONEMD: the example of RFC 8976 Appendix A.1, and what becomes of it in other hands. */
import assert from 'node:assert/strict'
import { encodeRR, parseName, type RR, ZoneFileParser } from '@zonecast/dns'
import { compareStored } from '@zonecast/zone'
import { test } from 'vitest'
import { verifyZonemd } from './zonemd.ts'

const apex = parseName('example.')
const sha384 = 'c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c'
const zone = `
example.      86400  IN  SOA  ns1 admin 2018031900 1800 900 604800 86400
example.      86400  IN  NS  ns1
example.      86400  IN  NS  ns2
example.      86400  IN  ZONEMD  2018031900 1 1 ${sha384}
ns1           3600   IN  A   203.0.113.63
ns2           3600   IN  AAAA  2001:db8::63
`

function verify(text: string): string {
  const rrs: RR[] = []
  const parser = new ZoneFileParser({ origin: apex, defaultTtl: 60 })
  const emit = (item: Parameters<Parameters<typeof parser.push>[1]>[0]) => {
    if (item.kind !== 'rr') assert.fail('the zone cannot be read')
    rrs.push(item.rr)
  }
  parser.push(Buffer.from(`${text}\n`), emit)
  parser.end(emit)
  const sorted = rrs.map(encodeRR).toSorted((a, b) => compareStored(a, b))
  const result = verifyZonemd(apex, () => sorted.values())
  return result.kind === 'invalid' ? result.cause : result.kind
}

for (const { name, text, result } of [
  { name: 'the zone of RFC 8976 §A.1', text: zone, result: 'verified' },
  {
    name: 'the same in another order and case, and a record twice',
    text: `ns2.EXAMPLE. 3600 AAAA 2001:db8::63\n${zone.replaceAll('example', 'Example')}`,
    result: 'verified',
  },
  {
    name: 'a signature over the ZONEMD',
    text: `${zone}@ 86400 RRSIG ZONEMD 13 1 86400 20300101000000 20200101000000 1 @ AAAA`,
    result: 'verified',
  },
  { name: 'another TTL', text: zone.replace('3600   IN  A ', '3601   IN  A '), result: 'the digest of the zone is another one' },
  { name: 'a record more', text: `${zone}www 60 A 192.0.2.1`, result: 'the digest of the zone is another one' },
  {
    name: 'a ZONEMD elsewhere, which is data',
    text: `${zone}x 60 ZONEMD 1 1 1 ${sha384}`,
    result: 'the digest of the zone is another one',
  },
  {
    name: 'another serial',
    text: zone.replace('admin 2018031900', 'admin 2018031901'),
    result: 'its serial, 2018031900, is not that of the SOA, 2018031901',
  },
  { name: 'a scheme that is not known', text: zone.replace('1 1 c68', '240 1 c68'), result: 'unverified' },
  { name: 'a hash that is not known', text: zone.replace('1 1 c68', '1 241 c68'), result: 'unverified' },
  { name: 'an unknown one beside', text: `${zone}@ 86400 ZONEMD 2018031900 1 241 ${sha384}`, result: 'verified' },
  {
    name: 'two of one kind',
    text: `${zone}@ 86400 ZONEMD 2018031900 1 1 ${'00'.repeat(48)}`,
    result: 'it has two digests of one kind',
  },
])
  test(`verifyZonemd: ${name}`, () => assert.equal(verify(text), result))
