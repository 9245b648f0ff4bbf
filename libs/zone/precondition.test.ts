/** Preconditions on RRsets: what holds, and what is said where it does not. */
import assert from 'node:assert/strict'
import { parseName, parseRDATAText, typeFromText } from '@zonecast/dns'
import { test } from 'vitest'
import { planChanges } from './change-set.ts'
import type { ExpectedRRset, ExpectedRRsets } from './precondition.ts'
import { parseRRs, viewOf } from './test-zone.ts'

const origin = parseName('example.com.')
const zone = viewOf(
  parseRRs(
    `
@    SOA    ns1 host 7 3600 600 86400 7200
@    NS     ns.example.net.
www  300 A  192.0.2.2
www  300 A  192.0.2.3
mx   MX     10 Mail.example.com.`,
    'example.com.',
  ),
)

/** From `www 300 A 192.0.2.2 | 192.0.2.3`; `-` is any TTL. */
function rrset(line: string, field = 'x'): ExpectedRRset {
  const [name, ttl, mnemonic, ...rest] = line.split(' ')
  const type = typeFromText(mnemonic!)!
  const texts = rest.length === 0 ? [] : rest.join(' ').split(' | ')
  const rdatas = texts.map((text) => parseRDATAText(type, text, origin))
  const owner = name === '@' ? origin : parseName(name!, origin)
  return { field, owner, type, rdatas, ...(ttl === '-' ? {} : { ttl: Number(ttl) }) }
}

function reasonsOf(expected: ExpectedRRsets): string[] {
  const delete_ = {
    kind: 'delete' as const,
    owner: parseName('www', origin),
    type: typeFromText('A')!,
    field: 'changes[0].delete',
  }
  const result = planChanges(zone, [delete_], { defaultTtl: 3600, rrsetCount: 4, expected })
  return 'violations' in result ? result.violations.map(({ field, reason, message }) => `${field} ${reason}: ${message}`) : []
}

for (const { name, equal, holds } of [
  { name: 'the values in another order', equal: 'www 300 A 192.0.2.3 | 192.0.2.2', holds: true },
  { name: 'any TTL where none is given', equal: 'www - A 192.0.2.3 | 192.0.2.2', holds: true },
  { name: 'a value twice', equal: 'www - A 192.0.2.3 | 192.0.2.2 | 192.0.2.2', holds: true },
  { name: 'names in RDATA in another case (RFC 4034 §6.2)', equal: 'MX - MX 10 mail.EXAMPLE.com.', holds: true },
  { name: 'the SOA', equal: '@ - SOA ns1 host 7 3600 600 86400 7200', holds: true },
  { name: 'a SOA of another serial', equal: '@ - SOA ns1 host 8 3600 600 86400 7200', holds: false },
  { name: 'another TTL', equal: 'www 60 A 192.0.2.3 | 192.0.2.2', holds: false },
  { name: 'a value less', equal: 'www 300 A 192.0.2.3', holds: false },
  { name: 'a value more', equal: 'www - A 192.0.2.3 | 192.0.2.2 | 192.0.2.1', holds: false },
  { name: 'an RRset that is not there', equal: 'none - A 192.0.2.3', holds: false },
]) {
  test(`rrsets_equal: ${name} ${holds ? 'holds' : 'does not hold'}`, () => {
    const reasons = reasonsOf({ equal: [rrset(equal)], absent: [] })
    assert.equal(reasons.length, holds ? 0 : 1, reasons.join())
  })
}

test('rrsets_absent holds for what is not there, whatever else its name has', () => {
  assert.deepEqual(reasonsOf({ equal: [], absent: [rrset('www - AAAA'), rrset('none - A')] }), [])
})

test('everything that does not hold is told at once, with what is there instead, and steps do not hide it', () => {
  const equal = [rrset('www - A 192.0.2.9', 'precondition.rrsets_equal[0]')]
  const absent = [rrset('www - A', 'precondition.rrsets_absent[0]'), rrset('@ - SOA', 'precondition.rrsets_absent[1]')]
  assert.deepEqual(
    reasonsOf({ equal, absent }).map((line) => line.slice(0, 90)),
    [
      'precondition.rrsets_equal[0] RRSET_DIFFERS: www.example.com. A is 192.0.2.2, 192.0.2.3 with',
      'precondition.rrsets_absent[0] RRSET_EXISTS: www.example.com. A exists already: 192.0.2.2, 1',
      'precondition.rrsets_absent[1] RRSET_EXISTS: example.com. SOA exists already: ns1.example.co',
    ].map((line) => line.slice(0, 90)),
  )
})
