/** Calls that end before their handler runs are counted like all others. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHTTP2, constants } from 'node:http2'
import { Code } from '@connectrpc/connect'
import { afterAll, beforeAll, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ limits: { bodyTimeoutMs: 50 } })
})
afterAll(() => server.close())

/** How many calls of a method ended with a code, as a scrape of the metrics tells. */
async function counted(method: string, code: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const line = text
    .split('\n')
    .filter((one) => one.startsWith('zonecast_rpc_call_seconds_count{'))
    .find((one) => one.includes(`method="zonecast.zone.v1.ZoneService/${method}"`) && one.includes(`code="${code}"`))
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ') + 1))
}

for (const { name, method, code, octets, ends = true, headers = {} } of [
  { name: 'a body that is no message', method: 'GetZone', code: 'InvalidArgument', octets: [0, 0, 0, 0, 1, 255] },
  { name: 'a body that ends within a message', method: 'GetZone', code: 'InvalidArgument', octets: [0, 0, 0, 0, 9, 10] },
  { name: 'a body that does not come in time', method: 'GetZone', code: 'DeadlineExceeded', octets: [0, 0], ends: false },
  { name: 'a message that is too large', method: 'ExportZone', code: 'ResourceExhausted', octets: [0, 255, 255, 255, 255] },
  {
    name: 'a timeout that is none',
    method: 'ExportZone',
    code: 'InvalidArgument',
    octets: [],
    headers: { 'grpc-timeout': 'soon' },
  },
  { name: 'no credential', method: 'GetZone', code: 'Unauthenticated', octets: [], headers: { authorization: '' } },
])
  test(`${name} is counted once, as ${code}`, async () => {
    const before = await counted(method, code)
    const session = connectHTTP2(server.url)
    const stream = session.request({
      ':method': 'POST',
      ':path': `/zonecast.zone.v1.ZoneService/${method}`,
      'content-type': 'application/grpc',
      authorization: 'Bearer zc_admin',
      ...headers,
    })
    stream.on('error', () => {})
    if (ends) stream.end(Buffer.from(octets))
    else stream.write(Buffer.from(octets))
    const [answer] = await once(stream.resume(), 'response')
    assert.equal(Code[Number(answer['grpc-status'])], code)
    stream.close(constants.NGHTTP2_CANCEL)
    session.destroy()
    assert.equal(await counted(method, code), before + 1)
  })
