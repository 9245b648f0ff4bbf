/** Details of errors as clients of Connect with JSON read them. */
import assert from 'node:assert/strict'
import { afterAll, beforeAll, test } from 'vitest'
import * as refusals from './errors.ts'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const ttl = { field: 'changes[1].ttl', reason: 'TTL_INVALID', message: 'the TTL is larger than 2³¹ - 1' }

interface JsonError {
  readonly details: readonly { readonly type: string; readonly debug: Record<string, unknown> }[]
}

const retryInfo = { retryDelay: '1.500s' }
for (const { name, refusal, debugs } of [
  {
    name: 'ErrorInfo',
    refusal: refusals.versionMoved({ version: '42' }),
    debugs: { ErrorInfo: { reason: 'VERSION_MOVED', domain: 'zonecast', metadata: { version: '42' } } },
  },
  {
    name: 'BadRequest',
    refusal: refusals.invalidRequest([ttl]),
    debugs: { BadRequest: { fieldViolations: [{ field: ttl.field, description: ttl.message, reason: ttl.reason }] } },
  },
  {
    name: 'PreconditionFailure',
    refusal: refusals.preconditionFailed([{ reason: 'MASS_DELETE', subject: 'a.', message: 'too much' }]),
    debugs: { PreconditionFailure: { violations: [{ type: 'MASS_DELETE', subject: 'a.', description: 'too much' }] } },
  },
  {
    name: 'QuotaFailure',
    refusal: refusals.exhausted('disk', 'the disk is full'),
    debugs: { QuotaFailure: { violations: [{ subject: 'disk', description: 'the disk is full' }] } },
  },
  {
    name: 'ResourceInfo',
    refusal: refusals.notFound('zone', 'a.'),
    debugs: { ResourceInfo: { resourceType: 'zone', resourceName: 'a.', description: 'there is no zone a.' } },
  },
  { name: 'RetryInfo', refusal: refusals.unavailable(1_500), debugs: { RetryInfo: retryInfo } },
  { name: 'RequestInfo', refusal: refusals.internal('', 'r-1'), debugs: { RequestInfo: { requestId: 'r-1' } } },
])
  test(`in the JSON of an error ${name} is readable, as the Connect protocol has it under "debug"`, async () => {
    server.refusal = refusal
    const answer = await fetch(`${server.url}/zonecast.zone.v1.ZoneService/GetZone`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer zc_admin' },
      body: '{"zone":"refused."}',
    })
    const { details } = (await answer.json()) as JsonError
    assert.deepEqual(Object.fromEntries(details.map(({ type, debug }) => [type.replace('google.rpc.', ''), debug])), debugs)
  })

test('a key that JSON has and the message has not is refused', async () => {
  const answer = await fetch(`${server.url}/zonecast.zone.v1.ZoneService/GetZone`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer zc_admin' },
    body: '{"zone":"a.","zonne":"b."}',
  })
  const { code, message } = (await answer.json()) as { code: string; message: string }
  assert.deepEqual([answer.status, code], [400, 'invalid_argument'])
  assert.match(message, /zonecast\.zone\.v1\.GetZoneRequest from JSON: key "zonne" is unknown/)
})
