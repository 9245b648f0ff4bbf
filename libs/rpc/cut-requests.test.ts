/** A stream of requests that is cut off never looks like one that is complete. */
import { create, toBinary } from '@bufbuild/protobuf'
import { ImportZoneRequestSchema } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { afterAll, beforeAll, test } from 'vitest'
import { frame } from './frames.ts'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const header = create(ImportZoneRequestSchema, { part: { case: 'header', value: { zone: 'a.' } } })

/** Opens a stream, says one whole message, and waits until the handler has it. */
async function begun(type: string): Promise<{ session: ClientHttp2Session; stream: ClientHttp2Stream }> {
  const session = connect(server.url)
  session.on('error', () => {})
  const path = '/zonecast.zone.v1.ZoneService/ImportZone'
  const headers = { ':method': 'POST', ':path': path, 'content-type': type, authorization: 'Bearer zc_admin' }
  const stream = session.request(headers)
  stream.on('error', () => {})
  const asleep = once(server.events, 'asleep')
  stream.write(frame(toBinary(ImportZoneRequestSchema, header)))
  await asleep
  return { session, stream }
}

for (const type of ['application/grpc', 'application/connect+proto'])
  for (const { name, cut } of [
    { name: 'reset by its client', cut: ({ stream }) => stream.close(constants.NGHTTP2_CANCEL) },
    { name: 'reset without an error', cut: ({ stream }) => stream.close(constants.NGHTTP2_NO_ERROR) },
    { name: 'whose session ends', cut: ({ session }) => session.destroy() },
    { name: 'whose connection breaks', cut: ({ session }) => session.socket.destroy() },
  ] as { name: string; cut: (open: Awaited<ReturnType<typeof begun>>) => void }[])
    test(`${type}: a stream ${name} is not whole`, async () => {
      let isWhole = false
      const whole = () => (isWhole = true)
      server.events.once('whole', whole)
      const open = await begun(type)
      const left = once(server.events, 'left')
      cut(open)
      await left
      open.session.destroy()
      server.events.off('whole', whole)
      assert.equal(isWhole, false)
    })

test('a stream that its client ends is whole', async () => {
  const { session, stream } = await begun('application/grpc')
  const whole = once(server.events, 'whole')
  stream.end()
  await whole
  session.destroy()
})
