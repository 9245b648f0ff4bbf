/** Each kind of refusal, from a handler over the wire to what its caller reads. */
import { Code, ConnectError } from '@connectrpc/connect'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import assert from 'node:assert/strict'
import { afterAll, beforeAll, test } from 'vitest'
import * as access from './access-errors.ts'
import { createRpcTransport, createRpcClient, type RpcTransport } from './client.ts'
import { describeError, errorReport, exitCodeOf, reasonsOf } from './describe-error.ts'
import { RequestInfoSchema } from './error-details.ts'
import * as refusals from './errors.ts'
import { collect, startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
let transport: RpcTransport
beforeAll(async () => {
  server = await startTestServer()
  transport = createRpcTransport({ url: server.url, token: 'zc_admin', retries: { maxAttempts: 1 } })
})
afterAll(async () => {
  transport.close()
  await server.close()
})

async function refusedWith(refusal: unknown): Promise<ConnectError> {
  server.refusal = refusal
  const error = await createRpcClient(ZoneService, transport)
    .getZone({ zone: 'refused.' })
    .then(() => undefined, ConnectError.from)
  assert.ok(error)
  return error
}

const cname = {
  field: 'changes[0].name',
  reason: 'CNAME_CONFLICT',
  subject: 'www.example.com.',
  message: 'www.example.com. has a CNAME; remove it before adding A',
  rfc: 'RFC 1034 §3.6.2',
}
const bad = { field: 'changes[1].ttl', reason: 'TTL_INVALID', message: 'the TTL is larger than 2³¹ - 1' }

for (const { name, refusal, code, exit, reasons, lines } of [
  {
    name: 'fix the request',
    refusal: refusals.invalidRequest([cname, bad]),
    code: Code.InvalidArgument,
    exit: 1,
    reasons: ['CNAME_CONFLICT', 'TTL_INVALID'],
    lines: [
      'www.example.com. has a CNAME; remove it before adding A (RFC 1034 §3.6.2) (and 1 more)',
      'changes[0].name  CNAME_CONFLICT',
      'changes[1].ttl   TTL_INVALID     the TTL is larger than 2³¹ - 1',
    ],
  },
  {
    name: 'fix the zone first',
    refusal: refusals.preconditionFailed([cname]),
    code: Code.FailedPrecondition,
    exit: 1,
    reasons: ['CNAME_CONFLICT'],
    lines: ['www.example.com. has a CNAME; remove it before adding A (RFC 1034 §3.6.2)', 'changes[0].name  CNAME_CONFLICT'],
  },
  {
    name: 'fix the zone, where one field is to blame and one is not',
    refusal: refusals.preconditionFailed([
      { reason: 'MASS_DELETE', subject: 'example.com.', message: 'this removes 34 % of the RRsets' },
      cname,
    ]),
    code: Code.FailedPrecondition,
    exit: 1,
    reasons: ['MASS_DELETE', 'CNAME_CONFLICT'],
    lines: [
      'this removes 34 % of the RRsets (and 1 more)',
      'example.com.     MASS_DELETE',
      'changes[0].name  CNAME_CONFLICT  www.example.com. has a CNAME; remove it before adding A (RFC 1034 §3.6.2)',
    ],
  },
  {
    name: 'read again and retry',
    refusal: refusals.versionMoved({ version: '42' }),
    code: Code.Aborted,
    exit: 1,
    reasons: ['VERSION_MOVED'],
    lines: ['the zone has moved; read it again', 'version: 42'],
  },
  {
    name: 'start over from a snapshot',
    refusal: refusals.historyPruned(),
    code: Code.OutOfRange,
    exit: 1,
    reasons: ['HISTORY_PRUNED'],
    lines: ['that history is no longer kept; start from a snapshot'],
  },
  {
    name: 'look elsewhere',
    refusal: refusals.notFound('zone', 'a.'),
    code: Code.NotFound,
    exit: 1,
    reasons: [],
    lines: ['there is no zone a.'],
  },
  {
    name: 'choose another name',
    refusal: refusals.alreadyExists('zone', 'a.'),
    code: Code.AlreadyExists,
    exit: 1,
    reasons: [],
    lines: ['the zone a. exists already'],
  },
  {
    name: 'sign in',
    refusal: access.unauthenticated('the credential has expired'),
    code: Code.Unauthenticated,
    exit: 77,
    reasons: ['CREDENTIAL_INVALID'],
    lines: ['the credential has expired'],
  },
  {
    name: 'ask for a permission',
    refusal: access.permissionDenied('zone.force'),
    code: Code.PermissionDenied,
    exit: 77,
    reasons: ['PERMISSION_MISSING'],
    lines: ['this needs the permission zone.force', 'permission: zone.force'],
  },
  {
    name: 'show the right one',
    refusal: access.notShown('current_password', 'this is not a password of anna'),
    code: Code.PermissionDenied,
    exit: 77,
    reasons: ['CREDENTIAL_INVALID'],
    lines: ['this is not a password of anna', 'field: current_password'],
  },
  {
    name: 'send less',
    refusal: refusals.exhausted('page_size', 'at most 1000 RRsets a page'),
    code: Code.ResourceExhausted,
    exit: 1,
    reasons: [],
    lines: ['at most 1000 RRsets a page', 'limit: page_size'],
  },
  {
    name: 'come back later',
    refusal: refusals.unavailable(1_500),
    code: Code.Unavailable,
    exit: 69,
    reasons: [],
    lines: ['a part that is needed is away; try again', 'try again in 1.5 s'],
  },
  {
    name: 'wait for a later release',
    refusal: refusals.notYet('preconditions on RRsets come with a later release'),
    code: Code.Unimplemented,
    exit: 1,
    reasons: ['NOT_YET'],
    lines: ['preconditions on RRsets come with a later release'],
  },
])
  test(`the caller should ${name}: ${Code[code]}`, async () => {
    const error = await refusedWith(refusal)
    assert.equal(error.code, code)
    assert.deepEqual(describeError(error), lines)
    assert.deepEqual(reasonsOf(error), reasons)
    assert.equal(exitCodeOf(error), exit)
  })

for (const refuse of [refusals.invalidRequest, refusals.preconditionFailed]) {
  test(`${refuse.name}: thousands of violations become one error that fits into the headers which clients take`, async () => {
    const error = await refusedWith(refuse(Array.from({ length: 10_000 }, () => cname)))
    assert.equal(error.code, refuse([cname]).code)
    const listed = reasonsOf(error).length
    assert.ok(listed > 10 && listed < 100, String(listed))
    assert.match(error.rawMessage, new RegExp(`and 9999 more; the details list the first ${listed}`))
  })

  test(`${refuse.name}: a value as long as a message is cut in the error about it`, async () => {
    const text = 'ä'.repeat(500_000)
    const error = await refusedWith(refuse([{ ...cname, subject: text, message: `${text} is too long` }, cname]))
    assert.equal(error.code, refuse([cname]).code)
    assert.match(error.rawMessage, /^ä{400}… \(RFC 1034 §3\.6\.2\) \(and 1 more\)$/)
  })
}

test('the caller should report a bug: the cause is in the log alone, under the request it was told', async () => {
  const error = await refusedWith(new Error('SELECT secret FROM zones'))
  assert.equal(error.code, Code.Internal)
  const [{ requestId } = { requestId: 'none' }] = error.findDetails(RequestInfoSchema)
  assert.doesNotMatch(describeError(error).join('\n'), /SELECT/)
  assert.match(error.rawMessage, new RegExp(requestId))
  const line = server.lines.find(({ msg }) => String(msg).includes(requestId))
  assert.match(JSON.stringify(line), /SELECT secret/)
})

test('a fault in a stream is hidden as well', async () => {
  const stream = createRpcClient(ZoneService, transport).exportZone({ zone: 'a.', version: 1n })
  assert.equal((await collect(stream)).length, 1)
})

test('errors that are not ours still read well', () => {
  assert.deepEqual(describeError(new Error('no such file')), ['no such file'])
  assert.deepEqual(describeError('odd'), ['odd'])
  assert.deepEqual(describeError(new ConnectError('', Code.Unavailable)), ['the call failed: Unavailable'])
  assert.equal(exitCodeOf(Object.assign(new Error('x'), { exitCode: 64 })), 64)
  assert.equal(exitCodeOf(new ConnectError('late', Code.DeadlineExceeded)), 69)
  assert.equal(exitCodeOf('odd'), 1)
})

test('errorReport: what a program reads of an unmet precondition', async () => {
  const description = 'www.example.com. has a CNAME; remove it before adding A (RFC 1034 §3.6.2)'
  assert.deepEqual(errorReport(await refusedWith(refusals.preconditionFailed([cname]))), {
    code: 'failed_precondition',
    message: description,
    reason: null,
    violations: [{ field: 'changes[0].name', reason: 'CNAME_CONFLICT', subject: 'www.example.com.', description }],
    metadata: {},
    limits: [],
    resource: null,
    retrySeconds: null,
    requestId: null,
  })
})

test('errorReport: limits, resources, metadata, times to wait and requests to report', async () => {
  const report = async (refusal: unknown) => errorReport(await refusedWith(refusal))
  assert.deepEqual((await report(refusals.exhausted('disk', 'the disk is full'))).limits, [
    { subject: 'disk', description: 'the disk is full' },
  ])
  assert.deepEqual((await report(refusals.notFound('zone', 'a.'))).resource, { type: 'zone', name: 'a.' })
  const { reason, metadata } = await report(refusals.versionMoved({ version: '42' }))
  assert.deepEqual({ reason, metadata }, { reason: 'VERSION_MOVED', metadata: { version: '42' } })
  assert.equal((await report(refusals.unavailable(1_500))).retrySeconds, 1.5)
  const { requestId, message } = await report(new Error('a bug'))
  assert.ok(requestId !== null && message.includes(requestId))
  assert.equal(errorReport(new Error('no such file')).code, 'error')
})
