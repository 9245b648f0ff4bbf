/** Server and client on real sockets, and what the server says to what it cannot answer. */
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { afterEach, test } from 'vitest'
import {
  encodeMessage,
  encodeRR,
  formatRR,
  parseMessage,
  parseName,
  parseRDATAText,
  RCODE,
  TYPE,
  typeFromText,
  type Message,
} from '@zonecast/dns'
import { AddressUnavailable, PortInUse, silentLogger } from '@zonecast/runtime'
import { applyDelta, arrayReader, compareKeys, packRRs, storedKey, type ZoneView } from '@zonecast/zone'
import {
  createDnsProbe,
  createDnsServer,
  createResponder,
  dnsQuery,
  DnsQueryError,
  type Address,
  type DnsServer,
  type TcpLimits,
} from './index.ts'

const apex = parseName('example.')
const soaText = 'ns1 hostmaster 7 14400 3600 1209600 300'

function rr(owner: string, type: string, text: string) {
  const number = typeFromText(type) as number
  return { owner: parseName(owner, apex), type: number, ttl: 300, rdata: parseRDATAText(number, text, apex) }
}

const rrs = [
  rr('example.', 'NS', 'ns1'),
  rr('ns1', 'A', '192.0.2.53'),
  rr('www', 'A', '192.0.2.1'),
  ...Array.from({ length: 60 }, (_, i) => rr('many', 'A', `198.51.100.${i}`)),
]
const stored = rrs.map(encodeRR).toSorted((a, b) => compareKeys(storedKey(a), storedKey(b)))
const pages = arrayReader(applyDelta(arrayReader([]), { removed: new Uint8Array(0), added: packRRs(stored) }).puts)
const view: ZoneView = { apex, soa: rr('example.', 'SOA', soaText), pages }
const respond = createResponder({
  enclosing: (name) => (formatOf(name).endsWith('example.') ? view : undefined),
  identity: { name: Buffer.from('edge-1') },
})

function formatOf(name: Uint8Array): string {
  return formatRR({ owner: name, type: TYPE.A, ttl: 0, rdata: Uint8Array.of(0, 0, 0, 0) })
    .split(/\s/u)[0]!
    .toLowerCase()
}

const servers: DnsServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function start(hosts = ['127.0.0.1'], limits: Partial<TcpLimits> = {}): Promise<readonly Address[]> {
  const server = createDnsServer({ respond, log: silentLogger(), limits })
  servers.push(server)
  return server.listen(hosts.map((host) => ({ host, port: 0 })))
}

const udp = { transport: 'udp', address: '192.0.2.200' } as const
const tcp = { transport: 'tcp', address: '192.0.2.200' } as const

const ask = (server: Address, name: string, type = 'A', more = {}) =>
  dnsQuery({ server, name: parseName(name), type: typeFromText(type) as number, ...more })
const lines = (message: Message) => message.answers.map((answer) => formatRR(answer).replaceAll(/\s+/gu, ' '))

test('a question is answered over UDP and TCP, IPv4 and IPv6', async () => {
  for (const server of await start(['127.0.0.1', '::1'])) {
    for (const overTcp of [false, true]) {
      const answer = await ask(server, 'www.example.', 'A', { tcp: overTcp })
      assert.equal(answer.aa, true)
      assert.deepEqual(lines(answer), ['www.example. 300 IN A 192.0.2.1'])
    }
  }
})

test('an answer too large for UDP is truncated, and the client asks again over TCP', async () => {
  const [server] = (await start()) as [Address]
  assert.equal(lines(await ask(server, 'many.example.', 'A', { udpSize: 0 })).length, 60)
})

function query(change: Partial<Message> = {}, edns: Partial<NonNullable<Message['edns']>> | false = {}): Uint8Array {
  const flags = { qr: false, opcode: 0, aa: false, tc: false, rd: true, ra: false, ad: false, cd: false, rcode: 0 }
  const sections = {
    questions: [{ name: parseName('www.example.'), type: TYPE.A, class: 1 }],
    answers: [],
    authorities: [],
    additionals: [],
  }
  const opt = edns && { edns: { udpSize: 1232, version: 0, doBit: false, options: [], ...edns } }
  return encodeMessage({ id: 4711, ...flags, ...sections, ...opt, ...change }).bytes
}

const question = (name: string, type: number, class_ = 1) => ({ questions: [{ name: parseName(name), type, class: class_ }] })

for (const { name, bytes, rcode } of [
  { name: 'a name outside its zones is REFUSED', bytes: query(question('www.example.org.', TYPE.A)), rcode: RCODE.REFUSED },
  { name: 'class CH is REFUSED', bytes: query(question('version.bind.', TYPE.TXT, 3)), rcode: RCODE.REFUSED },
  { name: 'AXFR is REFUSED', bytes: query(question('example.', TYPE.AXFR)), rcode: RCODE.REFUSED },
  { name: 'IXFR is REFUSED', bytes: query(question('example.', TYPE.IXFR)), rcode: RCODE.REFUSED },
  { name: 'an unknown opcode is NOTIMP', bytes: query({ opcode: 9 }), rcode: RCODE.NOTIMP },
  { name: 'NOTIFY is REFUSED', bytes: query({ opcode: 4 }), rcode: RCODE.REFUSED },
  { name: 'UPDATE is NOTIMP', bytes: query({ opcode: 5 }), rcode: RCODE.NOTIMP },
  { name: 'a later EDNS version is BADVERS', bytes: query({}, { version: 1 }), rcode: RCODE.BADVERS },
  { name: 'rubbish after the header is FORMERR', bytes: query().subarray(0, 20), rcode: RCODE.FORMERR },
  { name: 'no question is FORMERR', bytes: query({ questions: [] }), rcode: RCODE.FORMERR },
])
  test(`respond: ${name}`, () => {
    const response = respond(bytes, udp)
    assert.ok(response)
    const message = parseMessage(response.bytes)
    assert.equal(message.rcode, rcode)
    assert.equal(message.id, 4711)
    assert.equal(message.qr, true)
    assert.equal(message.answers.length, 0)
  })

for (const { name, bytes } of [
  { name: 'a response', bytes: query({ qr: true }) },
  { name: 'a broken response', bytes: query({ qr: true }).subarray(0, 15) },
  { name: 'less than a header', bytes: query().subarray(0, 11) },
  { name: 'nothing', bytes: new Uint8Array(0) },
])
  test(`respond: ${name} gets no answer`, () => assert.equal(respond(bytes, udp), undefined))

test('respond: ANY gets one RRset (RFC 8482), and NSID is told to who asks', () => {
  const any = parseMessage(respond(query(question('example.', TYPE.ANY)), udp)!.bytes)
  assert.equal(new Set(any.answers.map(({ type }) => type)).size, 1)
  const nsid = parseMessage(respond(query({}, { options: [{ code: 3, data: new Uint8Array(0) }] }), udp)!.bytes)
  assert.equal(Buffer.from(nsid.edns!.options[0]!.data).toString(), 'edge-1')
})

test('a UDP answer keeps to 512 octets without EDNS and to 1 232 with the largest buffer', () => {
  const plain = respond(query(question('many.example.', TYPE.A), false), udp)!
  const large = respond(query(question('many.example.', TYPE.A), { udpSize: 65_535 }), udp)!
  assert.ok(plain.bytes.length <= 512)
  assert.ok(large.bytes.length <= 1232)
})

test('queries on one TCP connection are pipelined, however they are cut', async () => {
  const [server] = (await start()) as [Address]
  const socket = connect(server.port, server.host)
  const bytes = query()
  const framed = Buffer.concat([Buffer.of(0, bytes.length), bytes])
  const stream = Buffer.concat([framed, framed, framed])
  let received = 0
  const done = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      received += chunk.length
      if (received >= 3 * (2 + respond(bytes, tcp)!.bytes.length)) resolve()
    })
  })
  for (let at = 0; at < stream.length; at += 7) socket.write(stream.subarray(at, at + 7))
  await done
  socket.destroy()
})

test('a TCP client that sends a query octet by octet, without end, is closed', async () => {
  const [server] = (await start(['127.0.0.1'], { idleMilliseconds: 100 })) as [Address]
  const socket = connect(server.port, server.host)
  socket.on('error', () => {})
  await once(socket, 'connect')
  const trickle = setInterval(() => socket.write(Uint8Array.of(0)), 10)
  await once(socket, 'close')
  clearInterval(trickle)
})

test('an idle TCP connection is closed, and so is one too many from a client', async () => {
  const [server] = (await start(['127.0.0.1'], { idleMilliseconds: 30, connectionsPerClient: 1 })) as [Address]
  const first = connect(server.port, server.host)
  await once(first, 'connect')
  const second = connect(server.port, server.host)
  await once(second, 'close')
  await once(first, 'close')
})

test('a taken port is named', async () => {
  const [taken] = (await start()) as [Address]
  const server = createDnsServer({ respond, log: silentLogger() })
  await assert.rejects(
    server.listen([taken]),
    (error: Error) => error instanceof PortInUse && error.message.includes(String(taken.port)),
  )
})

test('a server that is silent, and one that is not there, are told apart from an answer', async () => {
  const mute = createSocket('udp4')
  mute.bind(0, '127.0.0.1')
  await once(mute, 'listening')
  const server = { host: '127.0.0.1', port: mute.address().port }
  await assert.rejects(ask(server, 'www.example.', 'A', { timeoutMilliseconds: 50 }), DnsQueryError)
  mute.close()
  await once(mute, 'close')
  await assert.rejects(ask(server, 'www.example.', 'A', { tcp: true }), DnsQueryError)
})

test('an address that is not of this machine is named', async () => {
  const server = createDnsServer({ respond, log: silentLogger() })
  const foreign = { host: '192.0.2.77', port: 0 }
  await assert.rejects(
    server.listen([{ host: '127.0.0.1', port: 0 }, foreign]),
    (error: Error) => error instanceof AddressUnavailable && error.message.includes('192.0.2.77'),
  )
})

test('a fault behind the responder is SERVFAIL and is logged, and the server goes on', () => {
  const broken = createResponder({
    enclosing: () => {
      throw new Error('the store lost a page')
    },
  })
  const response = broken(query(), udp)!
  assert.equal(parseMessage(response.bytes).rcode, RCODE.SERVFAIL)
  assert.match(String(response.fault), /lost a page/)
})

test('a probe asks a thousand questions at once without losing one, and over TCP where the answer was truncated', async () => {
  const [server] = (await start()) as [Address]
  const probe = await createDnsProbe(server)
  const names = ['many.example.', 'www.example.']
  const asked = Array.from({ length: 1_000 }, (_, i) => ({ name: parseName(names[i % 2] as string), type: TYPE.A, udpSize: 512 }))
  const answers = await Promise.all(asked.map((one) => probe.ask(one)))
  assert.deepEqual([...new Set(answers.map((answer) => lines(answer).length))], [60, 1])
  probe.close()
})

test('a probe asks over UDP where a connection ends before its answers', async () => {
  const [server] = (await start(['127.0.0.1'], { connections: 0 })) as [Address]
  const probe = await createDnsProbe(server)
  for (let round = 0; round < 2; round++) {
    const asked = Array.from({ length: 50 }, () => probe.ask({ name: parseName('www.example.'), type: TYPE.A }))
    for (const answer of await Promise.all(asked)) assert.equal(lines(answer).length, 1)
  }
  probe.close()
})

test('a probe is told of rubbish, of nobody there and of its own end', async () => {
  const peer = createSocket('udp4')
  peer.bind(0, '127.0.0.1')
  await once(peer, 'listening')
  const www = { name: parseName('www.example.'), type: TYPE.A }
  const probe = await createDnsProbe({ host: '127.0.0.1', port: peer.address().port })
  peer.once('message', (bytes, client) => peer.send(bytes.subarray(0, 14), client.port, client.address))
  await assert.rejects(probe.ask(www), DnsQueryError)
  const open = assert.rejects(probe.ask(www), /closed/)
  await once(peer, 'message')
  peer.close()
  probe.close()
  await open
  await assert.rejects(probe.ask(www), /closed/)
})
