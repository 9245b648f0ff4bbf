/** Our client factory as the suite drives it: calls to make on stdin, what became of each on stdout. */
import { type CompressionName, createRpcTransport, type RpcTransport } from '@zonecast/rpc'
import type { MessageShape } from '@bufbuild/protobuf'
import { makeCall } from './call.ts'
import { readMessages, writeMessage } from './pipe.ts'
import { ClientRequestSchema, ClientResponseSchema } from './schema.ts'

/** Calls under way at once. */
const most = 16
/** `Compression` of the suite; 1 is none. */
const compressions: Readonly<Record<number, CompressionName>> = { 2: 'gzip', 3: 'br' }

const underWay = new Set<Promise<void>>()

for await (const request of readMessages(ClientRequestSchema)) {
  const done: Promise<void> = answer(request).finally(() => underWay.delete(done))
  underWay.add(done)
  if (underWay.size >= most) await Promise.race(underWay)
}
await Promise.all(underWay)
process.exit(0)

async function answer(request: MessageShape<typeof ClientRequestSchema>): Promise<void> {
  const { testName } = request
  let transport: RpcTransport | undefined
  try {
    transport = openTransport(request)
    const value = await makeCall(request, transport)
    writeMessage(ClientResponseSchema, { testName, result: { case: 'response', value: value as never } })
  } catch (error) {
    writeMessage(ClientResponseSchema, {
      testName,
      result: { case: 'error', value: { message: String((error as Error).stack) } },
    })
  } finally {
    transport?.close()
  }
}

function openTransport({
  host,
  port,
  serverTlsCert,
  clientTlsCreds,
  messageReceiveLimit,
  compression,
}: MessageShape<typeof ClientRequestSchema>) {
  const secure = serverTlsCert.length > 0
  return createRpcTransport({
    url: `${secure ? 'https' : 'http'}://${host}:${port}`,
    // A call without a deadline has none here: the suite looks at what is sent.
    timeoutMs: 0,
    // And at each call once.
    retries: { maxAttempts: 1 },
    ...(secure && { ca: Buffer.from(serverTlsCert) }),
    ...(clientTlsCreds && { certificate: { cert: Buffer.from(clientTlsCreds.cert), key: Buffer.from(clientTlsCreds.key) } }),
    ...(compressions[compression] && { compression: compressions[compression] }),
    ...(messageReceiveLimit > 0 && { readMaxBytes: messageReceiveLimit }),
  })
}
