/** Change sets: what they come to, and what they are refused for. */
import assert from 'node:assert/strict'
import { decodeRR, formatRR, parseName, parseRDATAText, typeFromText, type Violation } from '@zonecast/dns'
import { test } from 'vitest'
import type { ChangeOp } from './change-op.ts'
import { type ChangePlan, planChanges, type PlanOptions } from './change-set.ts'
import { unpackRRs } from './delta.ts'
import { parseRRs, viewOf } from './test-zone.ts'
import type { ZoneView } from './view.ts'

const origin = parseName('example.com.')
const zone = viewOf(
  parseRRs(
    `
@        SOA   ns1 host 7 3600 600 86400 7200
@        NS    ns1
@        NS    ns.example.net.
ns1      A     192.0.2.1
www      300 A 192.0.2.2
www      300 A 192.0.2.3
alias    CNAME www
Mixed    TXT   "Text"
mx       MX    10 Mail.example.com.
dn       DNAME example.net.
sub      NS    ns.sub
ns.sub   A     192.0.2.5
a.b.deep TXT   x
*.wild   A     192.0.2.6
key      KEY   0 3 8 AAAA`,
    'example.com.',
  ),
)
const rrsetCount = 15

/** Steps from lines such as `put www 60 A 192.0.2.1 192.0.2.2`: kind, name, TTL or `-`, type, values. */
function steps(lines: readonly string[]): ChangeOp[] {
  return lines.map((line, i) => {
    const [kind, name, ttl, mnemonic, ...rest] = line.split(' ')
    const owner = name === '@' ? origin : parseName(name!, origin)
    const type = typeFromText(mnemonic!)!
    const field = `changes[${i}].${kind}`
    if (kind === 'delete') return { kind, owner, type, field }
    const isAddress = mnemonic === 'A' || mnemonic === 'AAAA'
    const texts = isAddress ? rest : rest.length > 0 ? rest.join(' ').split(' | ') : []
    const rdatas = texts.map((text) => (text === 'bad' ? new Uint8Array(3) : parseRDATAText(type, text, origin)))
    if (kind === 'remove') return { kind, owner, type, rdatas, field }
    return { kind: kind as 'put' | 'add', owner, type, rdatas, field, ...(ttl === '-' ? {} : { ttl: Number(ttl) }) }
  })
}

const options: PlanOptions = { defaultTtl: 3600, rrsetCount }

function plan(lines: readonly string[], more: Partial<PlanOptions> = {}): ChangePlan {
  const result = planChanges(zone, steps(lines), { ...options, ...more })
  if ('violations' in result) assert.fail(result.violations.map(({ message }) => message).join('; '))
  return result
}

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

function violations(lines: readonly string[], more: Partial<PlanOptions> = {}): readonly Violation[] {
  const result = planChanges(zone, steps(lines), { ...options, ...more })
  return 'violations' in result ? result.violations : []
}

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
  test(`planChanges refuses ${name}`, () =>
    assert.deepEqual(
      violations(changes).map(({ field, reason }) => `${field} ${reason}`),
      refused,
    ))

test('planChanges refuses an RRset of more than 60 000 octets', () => {
  const strings = (count: number): string => `"${'x'.repeat(255)}" `.repeat(count)
  assert.deepEqual(violations([`put big - TXT ${strings(230)}`]), [])
  assert.deepEqual(
    violations([`put big - TXT ${strings(230)}| ${strings(10)}`]).map(({ field, reason }) => `${field} ${reason}`),
    ['changes[0].put RRSET_TOO_LARGE'],
  )
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
    assert.deepEqual(
      violations(changes, { ttlBounds: { minTtl: 60, maxTtl: 600 } }).map(({ field, reason }) => `${field} ${reason}`),
      refused,
    ))

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

for (const { name, changes, warned } of [
  { name: 'nothing to say', changes: ['put www - A 192.0.2.1'], warned: [] },
  { name: 'a delegation without glue', changes: ['put new - NS ns.new'], warned: ['GLUE_MISSING ns.new.example.com.'] },
  { name: 'a delegation with glue', changes: ['put new - NS ns.new', 'put ns.new - A 192.0.2.1'], warned: [] },
  { name: 'an apex server without address', changes: ['put @ - NS nowhere'], warned: ['GLUE_MISSING nowhere.example.com.'] },
  { name: 'glue removed', changes: ['delete ns.sub - A'], warned: ['GLUE_MISSING ns.sub.example.com.'] },
  { name: 'an address of an apex server removed', changes: ['delete ns1 - A'], warned: ['GLUE_MISSING ns1.example.com.'] },
  { name: 'data below a cut', changes: ['put x.sub - TXT x'], warned: ['OCCLUDED x.sub.example.com.'] },
  {
    name: 'an address below a cut that is no glue',
    changes: ['put x.sub - A 192.0.2.1'],
    warned: ['OCCLUDED x.sub.example.com.'],
  },
  { name: 'glue below a cut', changes: ['put ns.sub - A 192.0.2.1', 'put ns.sub - AAAA ::1'], warned: [] },
  { name: 'glue of the apex below a cut', changes: ['put x.sub - A 192.0.2.1', 'add @ - NS x.sub'], warned: [] },
  { name: 'glue of another delegation', changes: ['put x.sub - A 192.0.2.1', 'put new - NS x.sub'], warned: [] },
  { name: 'glue of a server that went', changes: ['put sub - NS ns1'], warned: ['OCCLUDED ns.sub.example.com.'] },
  {
    name: 'glue of a server that went, with it',
    changes: ['put sub - NS ns1', 'delete ns.sub - A'],
    warned: [],
  },
  { name: 'an address at a cut', changes: ['put sub - A 192.0.2.1'], warned: ['OCCLUDED sub.example.com.'] },
  { name: 'a cut over addresses', changes: ['put wild - NS ns.example.net.'], warned: ['OCCLUDED *.wild.example.com.'] },
  { name: 'data at a cut', changes: ['put sub - TXT x'], warned: ['OCCLUDED sub.example.com.'] },
  { name: 'DS at a cut', changes: [`put sub - DS 1 8 2 ${'00'.repeat(32)}`], warned: [] },
  { name: 'a cut over data', changes: ['put deep - NS ns.example.net.'], warned: ['OCCLUDED a.b.deep.example.com.'] },
  { name: 'an alias of nothing', changes: ['put new - CNAME nowhere'], warned: ['CNAME_TARGET_MISSING new.example.com.'] },
  { name: 'an alias of a name made after it', changes: ['put new - CNAME later', 'put x.later - A 192.0.2.1'], warned: [] },
  { name: 'an alias of an empty non-terminal', changes: ['put new - CNAME b.deep'], warned: [] },
  { name: 'an alias of a wildcard', changes: ['put new - CNAME x.y.wild'], warned: [] },
  { name: 'an alias of a delegated name', changes: ['put new - CNAME x.sub'], warned: [] },
  { name: 'an alias out of the zone', changes: ['put new - CNAME example.net.'], warned: [] },
  { name: 'an alias of itself', changes: ['put new - CNAME new'], warned: ['CNAME_LOOP new.example.com.'] },
  {
    name: 'aliases of each other',
    changes: ['put a - CNAME b', 'put b - CNAME a'],
    warned: ['CNAME_LOOP a.example.com.', 'CNAME_LOOP b.example.com.'],
  },
  { name: 'a wildcard alias of itself', changes: ['put *.new - CNAME *.new'], warned: ['CNAME_LOOP *.new.example.com.'] },
  {
    name: 'a wildcard alias of a name it covers',
    changes: ['put *.new - CNAME x.new'],
    warned: ['CNAME_LOOP *.new.example.com.'],
  },
  { name: 'a wildcard alias of a name far below it', changes: ['put * - CNAME x.y.z'], warned: ['CNAME_LOOP *.example.com.'] },
  { name: 'a wildcard alias of a name beside it', changes: ['put *.new - CNAME x.new', 'put x.new - A 192.0.2.1'], warned: [] },
  { name: 'a wildcard alias of another name', changes: ['put *.new - CNAME www'], warned: [] },
  { name: 'an alias into another loop', changes: ['put a - CNAME b', 'put b - CNAME b'], warned: ['CNAME_LOOP b.example.com.'] },
  { name: 'no iterations of NSEC3', changes: ['put @ - NSEC3PARAM 1 0 0 -'], warned: [] },
  {
    name: 'iterations of NSEC3',
    changes: ['put @ - NSEC3PARAM 1 0 1 -'],
    warned: ['NSEC3_ITERATIONS example.com. NSEC3PARAM'],
  },
  {
    name: 'a TLSA cut short while it was copied',
    changes: ['put _25._tcp - TLSA 3 1 1 D2ABDE24'],
    warned: ['DIGEST_LENGTH _25._tcp.example.com. TLSA'],
  },
  { name: 'NS at a wildcard', changes: ['put *.new - NS ns.example.net.'], warned: ['WILDCARD_ODD *.new.example.com. NS'] },
  { name: 'an MX that points to an alias', changes: ['put @ - MX 10 alias'], warned: ['TARGET_IS_ALIAS example.com. MX'] },
  { name: 'an MX that points to a host', changes: ['put @ - MX 10 www'], warned: [] },
  { name: 'an NS that points to an alias', changes: ['put new - NS alias'], warned: ['TARGET_IS_ALIAS new.example.com. NS'] },
  {
    name: 'an SRV that points to an alias',
    changes: ['put _sip._tcp - SRV 0 0 5060 alias'],
    warned: ['TARGET_IS_ALIAS _sip._tcp.example.com. SRV'],
  },
  { name: 'an SRV that points nowhere', changes: ['put _sip._tcp - SRV 0 0 0 .'], warned: [] },
  {
    name: 'a target of the apex that becomes an alias, and its server without address',
    changes: ['delete ns1 - A', 'put ns1 - CNAME www'],
    warned: ['GLUE_MISSING ns1.example.com.', 'TARGET_IS_ALIAS example.com. NS'],
  },
  { name: 'an MX that points to nothing', changes: ['put @ - MX 10 nowhere'], warned: ['TARGET_MISSING example.com. MX'] },
  {
    name: 'an MX that points to a name without address',
    changes: ['put @ - MX 10 Mixed'],
    warned: ['TARGET_MISSING example.com. MX'],
  },
  {
    name: 'an MX that points to an empty non-terminal',
    changes: ['put @ - MX 10 deep'],
    warned: ['TARGET_MISSING example.com. MX'],
  },
  { name: 'an MX that points to a wildcard', changes: ['put @ - MX 10 x.wild'], warned: [] },
  { name: 'an MX that points below a cut', changes: ['put @ - MX 10 x.sub'], warned: [] },
  { name: 'an MX that points below a DNAME', changes: ['put @ - MX 10 x.dn'], warned: [] },
  { name: 'an MX that points out of the zone', changes: ['put @ - MX 10 example.net.'], warned: [] },
  { name: 'an MX whose target comes with it', changes: ['put @ - MX 10 new', 'put new - AAAA ::1'], warned: [] },
  { name: 'an NS that points to nothing', changes: ['put new - NS nowhere'], warned: ['TARGET_MISSING new.example.com. NS'] },
  {
    name: 'an SRV that points to nothing',
    changes: ['put _sip._tcp - SRV 0 0 5060 nowhere'],
    warned: ['TARGET_MISSING _sip._tcp.example.com. SRV'],
  },
  {
    name: 'a mail host of the apex that goes',
    changes: ['put @ - MX 10 www', 'delete www - A'],
    warned: ['TARGET_MISSING example.com. MX'],
  },
  {
    name: 'secondaries that give up early, and negative answers of more than a day (RFC 1912 §2.2, RFC 2308 §5)',
    changes: ['put @ - SOA ns1 host 7 3600 600 4199 86401'],
    warned: ['SOA_TIMER_ODD example.com. SOA expire', 'SOA_TIMER_ODD example.com. SOA minimum'],
  },
  {
    name: 'secondaries that ask without a pause',
    changes: ['put @ - SOA ns1 host 7 0 0 1209600 300'],
    warned: ['SOA_TIMER_ODD example.com. SOA refresh', 'SOA_TIMER_ODD example.com. SOA retry'],
  },
  { name: 'timers at their bounds', changes: ['put @ - SOA ns1 host 7 3600 600 4200 86400'], warned: [] },
  { name: 'an asterisk in a label', changes: ['put a* - TXT x'], warned: ['WILDCARD_ODD a*.example.com.'] },
  { name: 'an asterisk that is not the first label', changes: ['put a.* - TXT x'], warned: ['WILDCARD_ODD a.*.example.com.'] },
  { name: 'a wildcard', changes: ['put *.new - TXT x'], warned: [] },
  {
    name: 'an address at a name with an underscore',
    changes: ['put my_host - A 192.0.2.1'],
    warned: ['UNDERSCORE_ODD my_host.example.com. A'],
  },
  { name: 'a text at a name with an underscore', changes: ['put _dmarc - TXT x'], warned: [] },
  { name: 'an SRV without service', changes: ['put sip - SRV 0 0 5060 www'], warned: ['UNDERSCORE_ODD sip.example.com. SRV'] },
  {
    name: 'an SRV without protocol',
    changes: ['put _sip.tcp - SRV 0 0 5060 www'],
    warned: ['UNDERSCORE_ODD _sip.tcp.example.com. SRV'],
  },
  { name: 'an SRV for any service', changes: ['put *._tcp - SRV 0 0 5060 www'], warned: [] },
  { name: 'an odd name that goes', changes: ['delete my_host - A'], warned: [] },
])
  test(`planChanges warns of ${name}`, () =>
    assert.deepEqual(
      plan(changes).warnings.map(({ reason, subject }) => `${reason} ${subject}`),
      warned,
    ))

test('planChanges warns of a signed zone once, unless the change brings signatures of the apex', () => {
  const signature = 'SOA 8 2 3600 20300101000000 20200101000000 1 example.com. AAAA'
  const signed = viewOf(
    parseRRs(`@ SOA ns1 host 7 3600 600 86400 7200\n@ NS ns.example.net.\n@ RRSIG ${signature}`, 'example.com.'),
  )
  const warned = (lines: readonly string[]) => {
    const result = planChanges(signed, steps(lines), { ...options, rrsetCount: 3 })
    return 'violations' in result ? result.violations : result.warnings.map(({ reason, subject }) => `${reason} ${subject}`)
  }
  assert.deepEqual(warned(['put a - A 192.0.2.1', 'put b - A 192.0.2.1']), ['SIGNATURES_STALE example.com.'])
  assert.deepEqual(warned(['put a - A 192.0.2.1', `put @ - RRSIG ${signature.replace('AAAA', 'BBBB')}`]), [])
})

test('planChanges refuses NSEC3 parameters that are too costly, and leaves other changes alone where they stand from before', () => {
  const lines = '@ SOA ns1 host 7 3600 600 86400 7200\n@ NS ns.example.net.\n@ NSEC3PARAM 1 0 2501 -'
  const costly = viewOf(parseRRs(lines, 'example.com.'))
  const refused = (view: ZoneView, line: string) => {
    const result = planChanges(view, steps([line]), { ...options, rrsetCount: 3 })
    return 'violations' in result ? result.violations.map(({ reason, field }) => `${reason} ${field}`) : []
  }
  assert.deepEqual(refused(zone, 'put @ - NSEC3PARAM 1 0 2501 -'), ['NSEC3_TOO_COSTLY changes[0].put'])
  assert.deepEqual(refused(zone, 'put @ - NSEC3PARAM 1 0 2500 -'), [])
  assert.deepEqual(refused(costly, 'put @ - TXT x'), [])
})

test('planChanges warns of a ZONEMD that no longer fits, unless the change replaces or removes it', () => {
  const digest = (octet: string) => `7 1 1 ${octet.repeat(48)}`
  const view = viewOf(parseRRs(`@ SOA ns1 host 7 1 1 1 1\n@ NS ns.example.net.\n@ ZONEMD ${digest('00')}`, 'example.com.'))
  const warned = (lines: readonly string[]) => {
    const result = planChanges(view, steps(lines), { ...options, rrsetCount: 3 })
    return 'violations' in result ? result.violations : result.warnings.map(({ reason, subject }) => `${reason} ${subject}`)
  }
  assert.deepEqual(warned(['put a - A 192.0.2.1']), ['ZONEMD_STALE example.com. ZONEMD'])
  assert.deepEqual(warned(['put a - A 192.0.2.1', `put @ - ZONEMD ${digest('11')}`]), [])
  assert.deepEqual(warned(['put a - A 192.0.2.1', 'delete @ - ZONEMD']), [])
})

test('planChanges warns of more than 100 values', () => {
  const values = Array.from({ length: 101 }, (_, i) => `192.0.2.${i}`).join(' ')
  assert.deepEqual(
    plan([`put many - A ${values}`]).warnings.map(({ reason }) => reason),
    ['LARGE_RRSET'],
  )
})

test('planChanges: odd timers from before are left alone, whatever else changes in the SOA', () => {
  const view = viewOf(parseRRs('@ SOA ns1 host 7 1 1 1 1\n@ NS ns.example.net.', 'example.com.'))
  const result = planChanges(view, steps(['put @ 60 SOA ns2 host 7 1 1 1 1']), { ...options, rrsetCount: 2 })
  assert.deepEqual('violations' in result ? result.violations : result.warnings, [])
})

test('planChanges warns of a name that goes and leaves a wildcard alias of itself', () => {
  const view = viewOf(
    parseRRs('@ SOA ns1 host 7 1 1 1 1\n@ NS ns.example.net.\n*.w CNAME x.w\nx.w A 192.0.2.1\ny.w A 192.0.2.1', 'example.com.'),
  )
  const warned = (line: string) => {
    const result = planChanges(view, steps([line]), { ...options, rrsetCount: 5 })
    return 'violations' in result ? result.violations : result.warnings.map(({ reason, subject }) => `${reason} ${subject}`)
  }
  assert.deepEqual(warned('delete x.w - A'), ['CNAME_LOOP *.w.example.com.'])
  assert.deepEqual(warned('delete y.w - A'), [])
})

test('planChanges: warnings stand at the step, and name the way out', () => {
  const [warning] = plan(['put @ - SOA ns1 host 7 3600 600 4000 7200']).warnings
  assert.equal(warning?.field, 'changes[0].put')
  assert.equal(
    warning?.message,
    'expire in the SOA of example.com. is 4000, below refresh and retry together, 4200: secondaries give the zone up before they try again (RFC 1912 §2.2)',
  )
})
