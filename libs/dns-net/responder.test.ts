/** What the responder puts around an answer: cookies, extended errors, limits, CHAOS and the octets of the question. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import {
  encodeMessage,
  encodeRR,
  formatName,
  parseMessage,
  parseName,
  parseRDATAText,
  RCODE,
  TYPE,
  typeFromText,
  type EdnsOption,
  type Message,
} from '@zonecast/dns'
import { applyDelta, arrayReader, compareKeys, packRRs, storedKey, type ZoneView } from '@zonecast/zone'
import { rateLimitDefaults } from './rate-limit.ts'
import { createResponder, type DnsClient, type ResponderOptions } from './responder.ts'

const apex = parseName('example.')
const rr = (owner: string, type: string, text: string) => {
  const number = typeFromText(type) as number
  return { owner: parseName(owner, apex), type: number, ttl: 300, rdata: parseRDATAText(number, text, apex) }
}
const stored = [rr('example.', 'NS', 'ns1'), rr('ns1', 'A', '192.0.2.53')]
  .map(encodeRR)
  .toSorted((a, b) => compareKeys(storedKey(a), storedKey(b)))
const pages = arrayReader(applyDelta(arrayReader([]), { removed: new Uint8Array(0), added: packRRs(stored) }).puts)
const view: ZoneView = { apex, soa: rr('example.', 'SOA', 'ns1 host 7 3600 600 86400 60'), pages }
const isOurs = (name: Uint8Array) => Buffer.from(name).toString('latin1').toLowerCase().endsWith('\u0007example\0')
const responder = (more: Partial<ResponderOptions> = {}) =>
  createResponder({ enclosing: (name) => (isOurs(name) ? view : undefined), ...more })

const udp: DnsClient = { transport: 'udp', address: '192.0.2.200' }
const tcp: DnsClient = { transport: 'tcp', address: '192.0.2.200' }
const header = { id: 4711, qr: false, opcode: 0, aa: false, tc: false, rd: true, ra: false, ad: false, cd: false, rcode: 0 }
const edns = { udpSize: 1232, version: 0, doBit: false, options: [] as readonly EdnsOption[] }

function query(name = 'ns1.example.', more: Partial<Message> = {}, options = edns.options): Uint8Array {
  const questions = [{ name: parseName(name), type: TYPE.A, class: 1 }]
  return encodeMessage({
    ...header,
    questions,
    answers: [],
    authorities: [],
    additionals: [],
    edns: { ...edns, options },
    ...more,
  }).bytes
}
const read = (response: { readonly bytes: Uint8Array } | undefined) => parseMessage(response!.bytes)
const errorIn = ({ edns: ours }: Message) => ours?.options.find(({ code }) => code === 15)?.data[1]

test('the question comes back in its own case, and the answer points to it', () => {
  const asked = query('nS1.ExAmPlE.')
  const { bytes } = responder()(asked, udp)!
  assert.deepEqual([...bytes.subarray(12, 29)], [...asked.subarray(12, 29)])
  assert.deepEqual([...bytes.subarray(29, 31)], [0xc0, 12])
  assert.equal(formatName(read({ bytes }).answers[0]!.owner), 'nS1.ExAmPlE.')
})

for (const { name, options = {}, bytes, error, rcode = RCODE.REFUSED } of [
  { name: 'Not Authoritative outside its zones', bytes: query('www.example.org.'), error: 20 },
  {
    name: 'Not Ready while zones are still to come',
    options: { isReady: () => false },
    bytes: query('www.example.org.'),
    error: 14,
  },
  {
    name: 'Prohibited for a transfer',
    bytes: query('example.', { questions: [{ name: apex, type: TYPE.AXFR, class: 1 }] }),
    error: 18,
  },
  { name: 'none for an answer', bytes: query(), error: undefined, rcode: RCODE.NOERROR },
  {
    name: 'Other for a fault of ours',
    options: {
      enclosing: () => {
        throw new Error('the store lost a page')
      },
    },
    bytes: query(),
    error: 0,
    rcode: RCODE.SERVFAIL,
  },
])
  test(`extended error: ${name}`, () => {
    const message = read(responder(options)(bytes, udp))
    assert.deepEqual([message.rcode, errorIn(message)], [rcode, error])
  })

const client = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8])
const cookie = (data: Uint8Array) => [{ code: 10, data }]
const secrets = [new Uint8Array(16)]

test('cookies: asked for they are given, unknown to who has none, and ignored where they are off', () => {
  const respond = responder({ cookies: { secrets } })
  assert.equal(read(respond(query('ns1.example.', {}, cookie(client)), udp)).edns?.options[0]?.data.length, 24)
  assert.deepEqual(read(respond(query(), udp)).edns?.options, [])
  assert.deepEqual(read(responder()(query('ns1.example.', {}, cookie(client)), udp)).edns?.options, [])
  assert.equal(read(respond(query('ns1.example.', {}, cookie(client.subarray(1))), udp)).rcode, RCODE.FORMERR)
})

test('cookies: where they are required a client shows ours first, and TCP needs none', () => {
  const respond = responder({ cookies: { secrets, required: true } })
  const first = read(respond(query('ns1.example.', {}, cookie(client)), udp))
  assert.deepEqual([first.rcode, first.answers.length], [RCODE.BADCOOKIE, 0])
  assert.equal(read(respond(query('ns1.example.', {}, cookie(first.edns!.options[0]!.data)), udp)).rcode, RCODE.NOERROR)
  assert.equal(read(respond(query('ns1.example.', {}, cookie(client)), tcp)).rcode, RCODE.NOERROR)
})

test('a flood is limited; TCP and a good cookie are not', () => {
  const limited: string[] = []
  const rateLimit = { ...rateLimitDefaults, responsesPerSecond: 2 }
  const options = { cookies: { secrets }, rateLimit, onLimited: (verdict: string) => limited.push(verdict), now: () => 1_000_000 }
  const respond = responder(options)
  const flood = Array.from({ length: 6 }, () => respond(query(), udp))
  assert.deepEqual(
    flood.map((response) => response && read(response).tc),
    [false, false, undefined, true, undefined, true],
  )
  assert.deepEqual(limited, ['drop', 'slip', 'drop', 'slip'])
  const { edns: ours } = read(respond(query('ns1.example.', {}, cookie(client)), tcp))
  assert.equal(read(respond(query('ns1.example.', {}, ours!.options), udp)).answers.length, 1)
})

test('refusals are limited, too, and so is rubbish', () => {
  const respond = responder({ rateLimit: { ...rateLimitDefaults, responsesPerSecond: 1, slip: 0 }, now: () => 1_000_000 })
  assert.ok(respond(query('www.example.org.'), udp))
  assert.equal(respond(query('www.example.net.'), udp), undefined)
  assert.equal(respond(query().subarray(0, 20), udp), undefined)
  assert.equal(respond(query('ns1.example.', { opcode: 2 }), udp), undefined)
})

for (const { name, opcode, version = 0, rcode } of [
  { name: 'NOTIMP', opcode: 5, rcode: RCODE.NOTIMP },
  { name: 'the refusal of NOTIFY', opcode: 4, rcode: RCODE.REFUSED },
  { name: 'BADVERS, whatever the opcode', opcode: 2, version: 1, rcode: RCODE.BADVERS },
])
  test(`EDNS: ${name} has an OPT where the request has one (RFC 6891 §6.1.1)`, () => {
    const respond = responder({ cookies: { secrets } })
    const asks = { ...edns, version, doBit: true, options: cookie(client) }
    const { rcode: told, edns: ours, ...message } = read(respond(query('example.', { opcode, edns: asks }), udp))
    assert.deepEqual([told, message.opcode, message.questions], [rcode, opcode, []])
    assert.deepEqual([ours?.version, ours?.doBit, ours?.options[0]?.data.length], [0, true, 24])
    if (version > 0) return
    const { edns: _edns, ...without } = read({ bytes: query('example.', { opcode }) })
    const bare = read(respond(encodeMessage(without).bytes, udp))
    assert.deepEqual([bare.rcode, bare.edns], [rcode, undefined])
  })

test('EDNS: sections that cannot be read, and a malformed cookie, with another opcode', () => {
  const respond = responder({ cookies: { secrets } })
  const broken = read(respond(query('example.', { opcode: 5 }).subarray(0, 30), udp))
  assert.deepEqual([broken.rcode, broken.edns], [RCODE.NOTIMP, undefined])
  const asked = read(respond(query('example.', { opcode: 5 }, cookie(client.subarray(1))), udp))
  assert.deepEqual([asked.rcode, asked.edns?.options], [RCODE.FORMERR, []])
})

test('keep-alive is told over TCP in tenths of seconds, and not over UDP', () => {
  const respond = responder({ keepAliveMilliseconds: 12_345 })
  const asks = [{ code: 11, data: new Uint8Array(0) }]
  assert.deepEqual([...read(respond(query('ns1.example.', {}, asks), tcp)).edns!.options[0]!.data], [0, 123])
  assert.deepEqual(read(respond(query('ns1.example.', {}, asks), udp)).edns?.options, [])
})

test('version.bind is told where it is configured', () => {
  const asks = query('version.bind.', { questions: [{ name: parseName('version.bind.'), type: TYPE.TXT, class: 3 }] })
  const { bytes, rcode } = responder({ identity: { version: '1.2' } })(asks, udp)!
  assert.equal(rcode, RCODE.NOERROR)
  assert.ok(Buffer.from(bytes).includes(Buffer.from('\u00031.2', 'latin1')))
  assert.equal(responder()(asks, udp)?.rcode, RCODE.REFUSED)
})
