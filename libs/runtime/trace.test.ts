/** The trace context travels without any backend. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'vitest'
import { currentTraceparent, newTraceparent, startTracing, withTraceparent } from './trace.ts'

test('a new traceparent has the form of W3C Trace Context §3.2.2', () =>
  assert.match(newTraceparent(), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/))

test('what runs inside sees the context it was given, also later', async () => {
  const given = newTraceparent()
  assert.equal(currentTraceparent(), undefined)
  const seen = await withTraceparent(given, 'apply', async () => {
    await Promise.resolve()
    return currentTraceparent()
  })
  assert.equal(seen, given)
})

for (const bad of [undefined, '', 'nonsense', `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`])
  test(`a new trace begins where the context is ${JSON.stringify(bad)}`, () => {
    const seen = withTraceparent(bad, 'apply', currentTraceparent)
    assert.match(seen ?? '', /^00-/)
    assert.notEqual(seen, bad)
  })

test('spans are exported as children where a backend is named', async () => {
  const bodies: Buffer[] = []
  const collector = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => bodies.push(chunk)).on('end', () => response.end())
  }).listen(0, '127.0.0.1')
  await once(collector, 'listening')
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`
  const tracing = await startTracing('test')
  const given = newTraceparent()
  const seen = withTraceparent(given, 'apply-release', currentTraceparent) ?? ''
  assert.equal(seen.slice(0, 36), given.slice(0, 36))
  assert.notEqual(seen, given)
  await assert.rejects(
    withTraceparent(given, 'failing', () => Promise.reject(new Error('no'))),
    /no/,
  )
  await tracing.close()
  collector.close()
  assert.match(Buffer.concat(bodies).toString('latin1'), /apply-release/)
})
