/** What change sets are refused for. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { refusals, violations, zoneOf } from './test-changes.ts'

for (const { name, changes, refused } of [
  {
    name: 'a name out of the zone',
    changes: ['put www.example.org. - A 192.0.2.1'],
    refused: ['changes[0].put.name OUT_OF_ZONE'],
  },
  { name: 'a meta type', changes: ['delete www - ANY'], refused: ['changes[0].delete.type TYPE_INVALID'] },
  { name: 'malformed RDATA', changes: ['put www - A 192.0.2.1 bad'], refused: ['changes[0].put.values[1] RDATA_INVALID'] },
  { name: 'no values', changes: ['put www - A'], refused: ['changes[0].put.values RDATA_INVALID'] },
  { name: 'a TTL of 2³¹', changes: ['put www 2147483648 A 192.0.2.1'], refused: ['changes[0].put.ttl TTL_INVALID'] },
  { name: 'a CNAME beside addresses', changes: ['put www - CNAME ns1'], refused: ['changes[0].put CNAME_CONFLICT'] },
  { name: 'addresses beside a CNAME', changes: ['put alias - A 192.0.2.1'], refused: ['changes[0].put CNAME_CONFLICT'] },
  { name: 'a CNAME at the apex', changes: ['put @ - CNAME www'], refused: ['changes[0].put CNAME_CONFLICT'] },
  { name: 'two CNAMEs', changes: ['add alias - CNAME ns1'], refused: ['changes[0].add CNAME_CONFLICT'] },
  { name: 'a name below a DNAME', changes: ['put x.dn - A 192.0.2.1'], refused: ['changes[0].put DNAME_CONFLICT'] },
  { name: 'a DNAME above names', changes: ['put deep - DNAME example.net.'], refused: ['changes[0].put DNAME_CONFLICT'] },
  {
    name: 'names below a DNAME, between steps beside it,',
    changes: ['put x.dn - A 192.0.2.1', 'put y - A 192.0.2.1', 'put z.y - A 192.0.2.1', 'put b.a.dn - A 192.0.2.1'],
    refused: ['changes[0].put DNAME_CONFLICT', 'changes[3].put DNAME_CONFLICT'],
  },
  {
    name: 'a DNAME and a name below it at once',
    changes: ['put new - DNAME example.net.', 'put x.new - A 192.0.2.1'],
    refused: ['changes[1].put DNAME_CONFLICT'],
  },
  { name: 'two DNAMEs', changes: ['add dn - DNAME example.org.'], refused: ['changes[0].add DNAME_CONFLICT'] },
  { name: 'a DNAME beside NS', changes: ['put dn - NS ns1'], refused: ['changes[0].put DNAME_CONFLICT'] },
  { name: 'a SOA below the apex', changes: ['put www - SOA a b 1 1 1 1 1'], refused: ['changes[0].put SOA_RULE'] },
  { name: 'the SOA deleted', changes: ['delete @ - SOA'], refused: ['changes[0].delete SOA_RULE'] },
  { name: 'two SOAs', changes: ['put @ - SOA a b 1 1 1 1 1 | a b 2 1 1 1 1'], refused: ['changes[0].put SOA_RULE'] },
  { name: 'the apex NS deleted', changes: ['delete @ - NS'], refused: ['changes[0].delete APEX_NS_MISSING'] },
  {
    name: 'the apex NS removed one by one',
    changes: ['remove @ - NS ns1', 'remove @ - NS ns.example.net.'],
    refused: ['changes[1].remove APEX_NS_MISSING'],
  },
  {
    name: 'two puts that differ',
    changes: ['put new - A 192.0.2.1', 'put new - A 192.0.2.2'],
    refused: ['changes[1].put CHANGES_CONTRADICT'],
  },
  {
    name: 'a put that is deleted',
    changes: ['put new - A 192.0.2.1', 'delete new - A'],
    refused: ['changes[1].delete CHANGES_CONTRADICT'],
  },
  {
    name: 'everything that is wrong at once',
    changes: ['put alias - A 192.0.2.1', 'put x.example.org. 2147483648 A bad', 'delete @ - NS', 'put x.dn - TXT x'],
    refused: [
      'changes[1].put.name OUT_OF_ZONE',
      'changes[1].put.ttl TTL_INVALID',
      'changes[1].put.values[0] RDATA_INVALID',
      'changes[0].put CNAME_CONFLICT',
      'changes[2].delete APEX_NS_MISSING',
      'changes[3].put DNAME_CONFLICT',
    ],
  },
])
  test(`planChanges refuses ${name}`, () => assert.deepEqual(refusals(changes), refused))

test('planChanges refuses an RRset of more than 60 000 octets', () => {
  const strings = (count: number): string => `"${'x'.repeat(255)}" `.repeat(count)
  assert.deepEqual(violations([`put big - TXT ${strings(230)}`]), [])
  assert.deepEqual(refusals([`put big - TXT ${strings(230)}| ${strings(10)}`]), ['changes[0].put RRSET_TOO_LARGE'])
})

test('planChanges: messages name the thing and the way out', () => {
  assert.equal(
    violations(['put alias - A 192.0.2.1'])[0]!.message,
    'alias.example.com. has a CNAME and A; a CNAME stands alone, so remove one of them (RFC 1034 §3.6.2, RFC 2181 §10.1)',
  )
})

for (const { name, changes, refused } of [
  { name: 'within', changes: ['put a 60 A 192.0.2.1', 'put b 600 A 192.0.2.1'], refused: [] },
  { name: 'below', changes: ['put a 59 A 192.0.2.1'], refused: ['changes[0].put TTL_INVALID'] },
  { name: 'above', changes: ['put a 60 A 192.0.2.1', 'put b 601 A 192.0.2.1'], refused: ['changes[1].put TTL_INVALID'] },
  { name: 'above by default', changes: ['put a - A 192.0.2.1'], refused: ['changes[0].put TTL_INVALID'] },
  { name: 'of the SOA', changes: ['put @ 7 SOA ns1 admin 1 2 3 4 5'], refused: ['changes[0].put TTL_INVALID'] },
  { name: 'outside, that was there before,', changes: ['add mx - MX 20 b', 'put @ - SOA ns1 admin 1 2 3 4 5'], refused: [] },
  { name: 'of signatures', changes: ['put a 7 RRSIG A 8 2 7 20300101000000 20200101000000 1 example.com. AAAA'], refused: [] },
])
  test(`planChanges: a TTL ${name} is ${refused.length > 0 ? 'refused' : 'taken'} where the zone sets bounds`, () =>
    assert.deepEqual(refusals(changes, { ttlBounds: { minTtl: 60, maxTtl: 600 } }), refused))

const massDelete = ['delete www - A', 'delete alias - CNAME', 'delete mixed - TXT', 'delete mx - MX', 'delete key - KEY']

test('planChanges: more than 30 % of the RRsets are not removed by accident', () => {
  assert.deepEqual(
    violations(massDelete).map(({ reason }) => reason),
    ['MASS_DELETE'],
  )
  assert.deepEqual(violations(massDelete.slice(1)), [])
  assert.deepEqual(violations(massDelete, { force: true }), [])
  assert.deepEqual(violations(massDelete, { guardPercent: 50 }), [])
  assert.deepEqual(violations(massDelete, { rrsetCount: 9 }), [])
})

test('planChanges refuses NSEC3 parameters that are too costly, and leaves other changes alone where they stand from before', () => {
  const costly = zoneOf('@ SOA ns1 host 7 3600 600 86400 7200\n@ NS ns.example.net.\n@ NSEC3PARAM 1 0 2501 -')
  assert.deepEqual(refusals(['put @ - NSEC3PARAM 1 0 2501 -']), ['changes[0].put NSEC3_TOO_COSTLY'])
  assert.deepEqual(refusals(['put @ - NSEC3PARAM 1 0 2500 -']), [])
  assert.deepEqual(refusals(['put @ - TXT x'], { view: costly, rrsetCount: 3 }), [])
})
