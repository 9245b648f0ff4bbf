/** The example zone of RFC 4592 §2.2.1 with all its questions. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { parseRRs, viewOf } from '../test-zone.ts'
import { type ResponseRow, responseOf, responseTo } from './test-response.ts'

const wildcardZone = viewOf(
  parseRRs(
    `
@                 SOA ns.example.com. host.example.com. 1 3600 600 86400 300
@                 NS  ns.example.com.
@                 NS  ns.example.net.
*                 TXT "this is a wildcard"
*                 MX  10 host1
sub.*             TXT "this is not a wildcard"
host1             A   192.0.2.1
_ssh._tcp.host1   SRV 0 0 22 host1
_ssh._tcp.host2   SRV 0 0 22 host1
subdel            NS  ns.example.com.
subdel            NS  ns.example.net.`,
    'example.',
  ),
)
const wildcardSoa = 'example. 300 IN SOA ns.example.com. host.example.com. 1 3600 600 86400 300'
const host1 = ['host1.example. 3600 IN A 192.0.2.1']

for (const row of [
  {
    name: 'host3 MX is synthesized',
    ask: 'host3.example. MX',
    kind: 'answer',
    answers: ['host3.example. 3600 IN MX 10 host1.example.'],
    additionals: host1,
  },
  { name: 'host3 A has no data at the wildcard', ask: 'host3.example. A', kind: 'nodata' },
  {
    name: 'foo.bar TXT is synthesized over two labels',
    ask: 'foo.bar.example. TXT',
    kind: 'answer',
    answers: ['foo.bar.example. 3600 IN TXT "this is a wildcard"'],
  },
  { name: 'host1 MX is not, for host1 exists', ask: 'host1.example. MX', kind: 'nodata' },
  { name: 'sub.* MX is not, for sub.* exists', ask: 'sub.*.example. MX', kind: 'nodata' },
  { name: '_telnet._tcp.host1 SRV is not, for _tcp.host1 exists', ask: '_telnet._tcp.host1.example. SRV', kind: 'nxdomain' },
  {
    name: 'host.subdel A is not, for subdel is a zone cut',
    ask: 'host.subdel.example. A',
    kind: 'referral',
    authorities: ['subdel.example. 3600 IN NS ns.example.com.', 'subdel.example. 3600 IN NS ns.example.net.'],
  },
  { name: 'ghost.* MX is not, for *.example exists', ask: 'ghost.*.example. MX', kind: 'nxdomain' },
  {
    name: 'the wildcard itself is a name like any other (§2.3)',
    ask: '*.example. TXT',
    kind: 'answer',
    answers: ['*.example. 3600 IN TXT "this is a wildcard"'],
  },
  { name: 'closest encloser _tcp.host1 has no source (§3.3.1)', ask: '_telnet._tcp.host1.example. MX', kind: 'nxdomain' },
  {
    name: 'closest encloser host2, an empty non-terminal, has no source (§3.3.1)',
    ask: '_dns._udp.host2.example. MX',
    kind: 'nxdomain',
  },
  {
    name: '_telnet._tcp.host3 is synthesized (§3.3.1)',
    ask: '_telnet._tcp.host3.example. TXT',
    kind: 'answer',
    answers: ['_telnet._tcp.host3.example. 3600 IN TXT "this is a wildcard"'],
  },
  {
    name: '_chat._udp.host3 is synthesized (§3.3.1)',
    ask: '_chat._udp.host3.example. TXT',
    kind: 'answer',
    answers: ['_chat._udp.host3.example. 3600 IN TXT "this is a wildcard"'],
  },
  { name: 'foobar.* has no source (§3.3.1)', ask: 'foobar.*.example. TXT', kind: 'nxdomain' },
  { name: 'an empty non-terminal has no data (§2.2.2)', ask: '_tcp.host1.example. TXT', kind: 'nodata' },
  {
    name: 'a synthesized owner keeps the case of the question',
    ask: 'FoO.example. TXT',
    kind: 'answer',
    answers: ['FoO.example. 3600 IN TXT "this is a wildcard"'],
  },
  { name: 'a name out of the zone is refused', ask: 'example.com. A', kind: 'refused' },
  { name: 'the parent of the apex is refused', ask: '. NS', kind: 'refused' },
] satisfies ResponseRow[])
  test(`RFC 4592 §2.2.1: ${row.name}`, () => assert.deepEqual(responseTo(wildcardZone, row.ask), responseOf(row, wildcardSoa)))
