/** What change sets are warned of. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { plan, warnings, zoneOf } from './test-changes.ts'

for (const { name, changes, warned } of [
  { name: 'nothing to say', changes: ['put www - A 192.0.2.1'], warned: [] },
  { name: 'a delegation without glue', changes: ['put new - NS ns.new'], warned: ['GLUE_MISSING ns.new.example.com.'] },
  { name: 'a delegation with glue', changes: ['put new - NS ns.new', 'put ns.new - A 192.0.2.1'], warned: [] },
  { name: 'an apex server without address', changes: ['put @ - NS nowhere'], warned: ['GLUE_MISSING nowhere.example.com.'] },
  { name: 'glue removed', changes: ['delete ns.sub - A'], warned: ['GLUE_MISSING ns.sub.example.com.'] },
  { name: 'an address of an apex server removed', changes: ['delete ns1 - A'], warned: ['GLUE_MISSING ns1.example.com.'] },
  { name: 'data below a cut', changes: ['put x.sub - TXT x'], warned: ['OCCLUDED x.sub.example.com.'] },
  {
    name: 'data below a cut, between steps beside it,',
    changes: ['put x.sub - TXT x', 'put y - TXT x', 'put z.y - TXT x', 'put z.sub - TXT x'],
    warned: ['OCCLUDED x.sub.example.com.', 'OCCLUDED z.sub.example.com.'],
  },
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
    name: 'a server of the apex that becomes an alias, which cannot be given an address',
    changes: ['delete ns1 - A', 'put ns1 - CNAME www'],
    warned: ['TARGET_IS_ALIAS example.com. NS'],
  },
  {
    name: 'a server of a delegation that becomes an alias',
    changes: ['delete ns.sub - A', 'put ns.sub - CNAME www'],
    warned: ['TARGET_IS_ALIAS sub.example.com. NS', 'OCCLUDED ns.sub.example.com.'],
  },
  {
    name: 'each target of an RRset',
    changes: ['put @ - MX 10 nowhere', 'add @ - MX 20 gone', 'add @ - MX 30 alias'],
    warned: ['TARGET_MISSING example.com. MX', 'TARGET_MISSING example.com. MX', 'TARGET_IS_ALIAS example.com. MX'],
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
    name: 'an HTTPS in AliasMode of nothing',
    changes: ['put @ - HTTPS 0 nowhere'],
    warned: ['TARGET_MISSING example.com. HTTPS'],
  },
  { name: 'an HTTPS in AliasMode of a host', changes: ['put @ - HTTPS 0 www'], warned: [] },
  { name: 'an HTTPS in AliasMode of another HTTPS', changes: ['put @ - HTTPS 0 pool', 'put pool - HTTPS 1 www'], warned: [] },
  {
    name: 'an HTTPS in AliasMode of a SVCB, which is another service,',
    changes: ['put @ - HTTPS 0 pool', 'put pool - SVCB 1 www'],
    warned: ['TARGET_MISSING example.com. HTTPS'],
  },
  {
    name: 'an HTTPS in AliasMode of itself',
    changes: ['put new - HTTPS 0 new'],
    warned: ['TARGET_MISSING new.example.com. HTTPS'],
  },
  { name: 'an HTTPS in AliasMode of no service (RFC 9460 §2.5.1)', changes: ['put new - HTTPS 0 .'], warned: [] },
  { name: 'an HTTPS of its own name, which has an address', changes: ['put www - HTTPS 1 . alpn=h2,h3'], warned: [] },
  {
    name: 'an HTTPS of its own name, which has none (RFC 9460 §2.5.2)',
    changes: ['put new - HTTPS 1 . alpn=h2'],
    warned: ['TARGET_MISSING new.example.com. HTTPS'],
  },
  {
    name: 'a SVCB to nothing, to a name that binds a service and has no address, to an alias, and out of the zone',
    changes: [
      'put _dns - SVCB 1 nowhere alpn=dot',
      'add _dns - SVCB 2 pool alpn=dot',
      'add _dns - SVCB 3 alias alpn=dot',
      'add _dns - SVCB 4 example.net. alpn=dot',
      'put pool - SVCB 1 www',
    ],
    warned: [
      'TARGET_MISSING _dns.example.com. SVCB',
      'TARGET_MISSING _dns.example.com. SVCB',
      'TARGET_IS_ALIAS _dns.example.com. SVCB',
    ],
  },
  {
    name: 'a web host of the apex that goes',
    changes: ['put @ - HTTPS 0 www', 'delete www - A'],
    warned: ['TARGET_MISSING example.com. HTTPS'],
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
    name: 'a mail address as RNAME (RFC 1035 §8)',
    changes: ['put @ - SOA ns1 host.master@example.net. 7 7200 3600 1209600 300'],
    warned: ['SOA_MAILBOX_ODD example.com. SOA rname'],
  },
  { name: 'a mailbox with a dot', changes: ['put @ - SOA ns1 host\\.master 7 7200 3600 1209600 300'], warned: [] },
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
  test(`planChanges warns of ${name}`, () => assert.deepEqual(warnings(changes), warned))

test('planChanges warns of a signed zone once, unless the change brings signatures of the apex', () => {
  const signature = 'SOA 8 2 3600 20300101000000 20200101000000 1 example.com. AAAA'
  const signed = zoneOf(`@ SOA ns1 host 7 3600 600 86400 7200\n@ NS ns.example.net.\n@ RRSIG ${signature}`)
  const warned = (lines: readonly string[]) => warnings(lines, { view: signed, rrsetCount: 3 })
  assert.deepEqual(warned(['put a - A 192.0.2.1', 'put b - A 192.0.2.1']), ['SIGNATURES_STALE example.com.'])
  assert.deepEqual(warned(['put a - A 192.0.2.1', `put @ - RRSIG ${signature.replace('AAAA', 'BBBB')}`]), [])
})

test('planChanges warns of a ZONEMD that no longer fits, unless the change replaces or removes it', () => {
  const digest = (octet: string) => `7 1 1 ${octet.repeat(48)}`
  const view = zoneOf(`@ SOA ns1 host 7 1 1 1 1\n@ NS ns.example.net.\n@ ZONEMD ${digest('00')}`)
  const warned = (lines: readonly string[]) => warnings(lines, { view, rrsetCount: 3 })
  assert.deepEqual(warned(['put a - A 192.0.2.1']), ['ZONEMD_STALE example.com. ZONEMD'])
  assert.deepEqual(warned(['put a - A 192.0.2.1', `put @ - ZONEMD ${digest('11')}`]), [])
  assert.deepEqual(warned(['put a - A 192.0.2.1', 'delete @ - ZONEMD']), [])
})

test('planChanges warns of more than 100 values', () => {
  const values = Array.from({ length: 101 }, (_, i) => `192.0.2.${i}`).join(' ')
  assert.deepEqual(warnings([`put many - A ${values}`]), ['LARGE_RRSET many.example.com. A'])
})

test('planChanges: odd timers from before are left alone, whatever else changes in the SOA', () => {
  const view = zoneOf('@ SOA ns1 host 7 1 1 1 1\n@ NS ns.example.net.')
  assert.deepEqual(warnings(['put @ 60 SOA ns2 host 7 1 1 1 1'], { view, rrsetCount: 2 }), [])
})

test('planChanges warns of a name that goes and leaves a wildcard alias of itself', () => {
  const view = zoneOf('@ SOA ns1 host 7 1 1 1 1\n@ NS ns.example.net.\n*.w CNAME x.w\nx.w A 192.0.2.1\ny.w A 192.0.2.1')
  const warned = (line: string) => warnings([line], { view, rrsetCount: 5 })
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

test('planChanges: of a mail address as RNAME it is said how it is written as a name', () => {
  const [warning] = plan(['put @ - SOA ns1 host.master@example.net. 7 7200 3600 1209600 300']).warnings
  assert.match(warning!.message, /with a backslash: host\\\.master\.example\.net\. \(RFC 1035 §8\)$/)
})
