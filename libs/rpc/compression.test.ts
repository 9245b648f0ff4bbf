/** Compression: taken and given where the server offers it, and never more than a message may be. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHTTP2 } from 'node:http2'
import { createBrotliCompress, createGzip, constants as zlib } from 'node:zlib'
import { Code, ConnectError, createClient } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { createRpcClient, createRpcTransport } from './client.ts'
import { type CompressionName, compressionsOf } from './compression.ts'
import { collect, requests, startTestServer, type TestServer } from './test-server.ts'

const names: readonly CompressionName[] = ['gzip', 'br']
const mebibyte = 1024 * 1024
const bombs = new Map<string, Uint8Array<ArrayBuffer>>()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ compression: names })
  for (const name of names) bombs.set(name, await bomb(name))
})
afterAll(() => server.close())

/** 512 MiB of zeros, as few octets. */
async function bomb(name: CompressionName): Promise<Uint8Array<ArrayBuffer>> {
  const fast = { params: { [zlib.BROTLI_PARAM_QUALITY]: 1 } }
  const packer = name === 'gzip' ? createGzip() : createBrotliCompress(fast)
  const chunks: Buffer[] = []
  packer.on('data', (chunk: Buffer) => chunks.push(chunk))
  const zeros = Buffer.alloc(mebibyte)
  for (let written = 0; written < 512; written++) if (!packer.write(zeros)) await once(packer, 'drain')
  packer.end()
  await once(packer, 'end')
  return new Uint8Array(Buffer.concat(chunks))
}

const headers = { authorization: 'Bearer zc_admin' }
const text = 'a.'.repeat(500)

for (const compression of names) {
  for (const { protocol, make } of [
    { protocol: 'gRPC', make: createGrpcTransport },
    { protocol: 'gRPC-Web', make: createGrpcWebTransport },
    { protocol: 'Connect', make: createConnectTransport },
  ] as const) {
    test(`${protocol}: a ${compression} bomb of 512 MiB is refused, and never unpacked`, async () => {
      const packed = bombs.get(compression)!
      assert.ok(packed.length <= mebibyte, `${packed.length} octets`)
      const [known] = compressionsOf([compression])
      const sendCompression = { ...known!, compress: async () => packed }
      const transport = make({ baseUrl: server.url, httpVersion: '2', sendCompression, compressMinBytes: 0 })
      const client = createClient(ZoneService, transport)
      const before = process.resourceUsage().maxRSS
      await assert.rejects(client.getZone({ zone: 'a.' }, { headers }), refused)
      await assert.rejects(collect(client.exportZone({ zone: 'a.', version: 1n }, { headers })), refused)
      const grownKiB = process.resourceUsage().maxRSS - before
      assert.ok(grownKiB < 128 * 1024, `the process grew by ${grownKiB} KiB`)
    })
  }

  test(`${compression}: our client sends and takes it, in unary calls and streams`, async () => {
    const transport = createRpcTransport({ url: server.url, token: 'zc_admin', compression })
    const zones = createRpcClient(ZoneService, transport)
    assert.equal((await zones.getZone({ zone: text })).zone?.name, text)
    assert.equal(
      (await zones.importZone(requests([{ part: { case: 'data', value: new Uint8Array(5000) } }]))).outcomes[0]?.rrCount,
      5000n,
    )
    assert.equal((await collect(zones.exportZone({ zone: 'a.', version: 3n }))).length, 3)
    await assert.rejects(collect(zones.exportZone({ zone: 'large.' })), refused)
    transport.close()
  })

  test(`${compression}: an answer is compressed for a client that takes it, and plain for one that does not`, async () => {
    assert.equal(await answerEncoding(compression), compression)
    assert.equal(await answerEncoding('identity'), undefined)
    assert.equal(await answerEncoding(undefined), undefined)
  })
}

function refused(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.ResourceExhausted
}

/** `grpc-encoding` of an answer to a plain request. */
async function answerEncoding(accepted: string | undefined): Promise<string | undefined> {
  const session = connectHTTP2(server.url)
  const stream = session.request({
    ':method': 'POST',
    ':path': '/zonecast.zone.v1.ZoneService/GetZone',
    'content-type': 'application/grpc',
    ...headers,
    ...(accepted !== undefined && { 'grpc-accept-encoding': accepted }),
  })
  stream.end(Buffer.from([0, 0, 0, 0, 4, 10, 2, 97, 46]))
  const [answer] = await once(stream.resume(), 'response')
  await once(stream, 'close')
  session.destroy()
  return answer['grpc-encoding'] as string | undefined
}
