/** Change sets: what they come to. */
import assert from 'node:assert/strict'
import { decodeRR, formatRR } from '@zonecast/dns'
import { test } from 'vitest'
import type { ChangePlan } from './change-set.ts'
import { unpackRRs } from './delta.ts'
import { plan } from './test-changes.ts'

const short = (bytes: Uint8Array): string[] =>
  unpackRRs(bytes).map((stored) => formatRR(decodeRR(stored)).replaceAll('example.com.', '@').replaceAll('.@', ''))

function differenceLines({ delta }: ChangePlan): string[] {
  return [...short(delta.removed).map((line) => `- ${line}`), ...short(delta.added).map((line) => `+ ${line}`)]
}

for (const { name, changes, becomes } of [
  {
    name: 'put replaces an RRset and keeps its TTL',
    changes: ['put www - A 192.0.2.3 192.0.2.9'],
    becomes: ['- www 300 IN A 192.0.2.2', '+ www 300 IN A 192.0.2.9'],
  },
  {
    name: 'put of a new RRset takes the default TTL',
    changes: ['put new - A 192.0.2.9'],
    becomes: ['+ new 3600 IN A 192.0.2.9'],
  },
  {
    name: 'put with another TTL touches all its RRs',
    changes: ['put www 60 A 192.0.2.2 192.0.2.3'],
    becomes: ['- www 300 IN A 192.0.2.2', '- www 300 IN A 192.0.2.3', '+ www 60 IN A 192.0.2.2', '+ www 60 IN A 192.0.2.3'],
  },
  { name: 'put of what is there changes nothing', changes: ['put www - A 192.0.2.3 192.0.2.2'], becomes: [] },
  { name: 'put finds owners in any case and leaves theirs', changes: ['put MIXED - TXT Text'], becomes: [] },
  {
    name: 'put of another case in RDATA is a change',
    changes: ['put mx - MX 10 mail.example.com.'],
    becomes: ['- mx 3600 IN MX 10 Mail', '+ mx 3600 IN MX 10 mail'],
  },
  { name: 'put gives a value once', changes: ['put new - MX 1 a | 1 A'], becomes: ['+ new 3600 IN MX 1 a'] },
  {
    name: 'add brings a value with the TTL of the RRset',
    changes: ['add www - A 192.0.2.9'],
    becomes: ['+ www 300 IN A 192.0.2.9'],
  },
  {
    name: 'add of a value that is there, in another case, changes nothing',
    changes: ['add mx - MX 10 mail.example.com.'],
    becomes: [],
  },
  {
    name: 'add with a TTL sets that of all (RFC 2181 §5.2)',
    changes: ['add www 60 A 192.0.2.2'],
    becomes: ['- www 300 IN A 192.0.2.2', '- www 300 IN A 192.0.2.3', '+ www 60 IN A 192.0.2.2', '+ www 60 IN A 192.0.2.3'],
  },
  { name: 'remove takes single values', changes: ['remove www - A 192.0.2.2'], becomes: ['- www 300 IN A 192.0.2.2'] },
  {
    name: 'remove of the last value takes the RRset',
    changes: ['remove alias - CNAME www'],
    becomes: ['- alias 3600 IN CNAME www'],
  },
  {
    name: 'remove of what is not there changes nothing',
    changes: ['remove www - A 192.0.2.77', 'remove none - A 192.0.2.2'],
    becomes: [],
  },
  {
    name: 'delete takes the RRset',
    changes: ['delete www - A'],
    becomes: ['- www 300 IN A 192.0.2.2', '- www 300 IN A 192.0.2.3'],
  },
  { name: 'delete of what is not there changes nothing', changes: ['delete none - A'], becomes: [] },
  {
    name: 'steps see those before them',
    changes: ['delete www - A', 'add www - A 192.0.2.3', 'add www - A 192.0.2.2'],
    becomes: [],
  },
  {
    name: 'an alias becomes an address',
    changes: ['delete alias - CNAME', 'put alias - A 192.0.2.9'],
    becomes: ['- alias 3600 IN CNAME www', '+ alias 3600 IN A 192.0.2.9'],
  },
  {
    name: 'an address becomes an alias, in the other order too',
    changes: ['put www - CNAME ns1', 'delete www - A'],
    becomes: ['- www 300 IN A 192.0.2.2', '- www 300 IN A 192.0.2.3', '+ www 3600 IN CNAME ns1'],
  },
  {
    name: 'KEY may stand beside a CNAME (RFC 3007 §3.1)',
    changes: ['put key - CNAME www'],
    becomes: ['+ key 3600 IN CNAME www'],
  },
  { name: 'apex NS are replaced', changes: ['delete @ - NS', 'add @ - NS ns1'], becomes: ['- @ 3600 IN NS ns.example.net.'] },
  {
    name: 'the delta is in canonical order',
    changes: ['put z - A 192.0.2.1', 'put a.z - A 192.0.2.1', 'put a - A 192.0.2.1'],
    becomes: ['+ a 3600 IN A 192.0.2.1', '+ z 3600 IN A 192.0.2.1', '+ a.z 3600 IN A 192.0.2.1'],
  },
])
  test(`planChanges: ${name}`, () => assert.deepEqual(differenceLines(plan(changes)), becomes))

test('planChanges: counts, names and the largest old TTL', () => {
  const { added, removed, addedRRsets, removedRRsets, oldTtl, names } = plan([
    'put www 60 A 192.0.2.2',
    'delete mixed - TXT',
    'put new - A 192.0.2.1',
    'add ns1 - A 192.0.2.1',
  ])
  assert.deepEqual(
    { added, removed, addedRRsets, removedRRsets, oldTtl },
    { added: 2, removed: 3, addedRRsets: 1, removedRRsets: 1, oldTtl: 3600 },
  )
  assert.deepEqual(
    names.map((name) => formatRR({ owner: name, type: 1, ttl: 0, rdata: new Uint8Array(4) }).split(' ')[0]),
    ['Mixed.example.com.', 'new.example.com.', 'www.example.com.'],
  )
})

test('planChanges: a put SOA keeps the serial of the zone', () => {
  const { soa, delta, oldTtl } = plan(['put @ 60 SOA ns1 admin 99 1 2 3 4'])
  assert.equal(formatRR(soa!), 'example.com. 60 IN SOA ns1.example.com. admin.example.com. 7 1 2 3 4')
  assert.equal(delta.added.length + delta.removed.length, 0)
  assert.equal(oldTtl, 3600)
})

test('planChanges: a SOA with another serial alone changes nothing', () => {
  assert.equal(plan(['put @ - SOA ns1 host 99 3600 600 86400 7200']).soa, undefined)
})
