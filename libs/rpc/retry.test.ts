/** Which calls are made again, and what that may cost. */
import { create } from '@bufbuild/protobuf'
import { durationFromMs } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError } from '@connectrpc/connect'
import { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { ApplyChangesRequestSchema, RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { RetryInfoSchema } from './error-details.ts'
import { toConnectError, unavailable } from './errors.ts'
import { unseen } from './failure.ts'
import { defaultRetries, isSafeToRepeat, retried, RetryBudget, type RetryPorts, type Verdict, verdictOf } from './retry.ts'

const error = (code: Code) => new ConnectError('no', code)
const comeBack = (code: Code, ms: number) => {
  const value = create(RetryInfoSchema, { retryDelay: durationFromMs(ms) })
  return new ConnectError('later', code, undefined, [{ desc: RetryInfoSchema, value } as never])
}

for (const { name, failure, isSafe, verdict } of [
  {
    name: 'no address answered: anything may be repeated',
    failure: unseen(error(Code.Unavailable), 'unreachable'),
    isSafe: false,
    verdict: { again: 'ignored', afterMs: 0 },
  },
  {
    name: 'the server turned the stream away: anything goes elsewhere',
    failure: unseen(error(Code.Unavailable), 'refused'),
    isSafe: false,
    verdict: { again: 'moved', afterMs: 0 },
  },
  { name: 'unavailable, but it may have been done', failure: error(Code.Unavailable), isSafe: false, verdict: { again: false } },
  {
    name: 'unavailable, and twice is as once',
    failure: error(Code.Unavailable),
    isSafe: true,
    verdict: { again: 'answered', afterMs: 0 },
  },
  {
    name: 'unavailable for as long as the server says',
    failure: toConnectError(unavailable(700)),
    isSafe: true,
    verdict: { again: 'answered', afterMs: 700 },
  },
  {
    name: 'too much at the moment: nothing was done',
    failure: comeBack(Code.ResourceExhausted, 1_500),
    isSafe: false,
    verdict: { again: 'answered', afterMs: 1_500 },
  },
  { name: 'too much at any time', failure: error(Code.ResourceExhausted), isSafe: true, verdict: { again: false } },
  ...[Code.Aborted, Code.DeadlineExceeded, Code.Internal, Code.Unknown, Code.InvalidArgument, Code.Canceled].map((code) => ({
    name: `${Code[code]} is for the caller`,
    failure: error(code),
    isSafe: true,
    verdict: { again: false },
  })),
])
  test(`verdictOf: ${name}`, () => assert.deepEqual(verdictOf(failure, isSafe), verdict as Verdict))

const applied = (requestId: string) => create(ApplyChangesRequestSchema, { requestId })
for (const { name, method, message, isSafe } of [
  { name: 'a read is', method: ZoneService.method.getZone, message: undefined, isSafe: true },
  { name: 'a server stream is', method: ZoneService.method.exportZone, message: undefined, isSafe: true },
  { name: 'a change is not', method: RecordService.method.applyChanges, message: applied(''), isSafe: false },
  { name: 'a change with an id is', method: RecordService.method.applyChanges, message: applied('one'), isSafe: true },
  { name: 'a stream of requests is not', method: ContentService.method.fetch, message: undefined, isSafe: false },
])
  test(`safe to repeat: ${name}`, () => assert.equal(isSafeToRepeat(method, message), isSafe))

/** Ports that pause for no time, and tell what was done. */
function ports(more: Partial<RetryPorts> = {}) {
  const told: string[] = []
  const policy = { ...defaultRetries, baseMs: 0, maxMs: 0 }
  const all = { policy, budget: new RetryBudget(), hasOthers: () => true, tell: (what: string) => void told.push(what), ...more }
  return { all, told }
}
const call = { isSafe: true, deadlineAt: Infinity, signal: undefined }

test('a call is made five times at most, and tells the server how often it was made before', async () => {
  const { all, told } = ports()
  const previous: number[] = []
  const attempt = (before: number) => {
    previous.push(before)
    return Promise.reject(error(Code.Unavailable))
  }
  await assert.rejects(retried(all, call, attempt), ConnectError)
  assert.deepEqual(previous, [0, 1, 2, 3, 4])
  assert.deepEqual(told, ['attempt', 'retry', 'retry', 'retry', 'retry'])
})

test('while no server is reached, a call that waits goes on until its deadline', async () => {
  const { all } = ports({ policy: { ...defaultRetries, baseMs: 1, maxMs: 2, untilReached: true } })
  let made = 0
  const answer = await retried(all, call, async () => {
    if (++made < 20) throw unseen(error(Code.Unavailable), 'unreachable')
    return 'there'
  })
  assert.equal(answer, 'there')
})

test('no pause goes past the deadline: the last error is told at once', async () => {
  const { all } = ports({ hasOthers: () => false })
  const beganAt = performance.now()
  const late = comeBack(Code.Unavailable, 60_000)
  await assert.rejects(
    retried(all, { ...call, deadlineAt: beganAt + 30_000 }, () => Promise.reject(late)),
    (told) => told === late,
  )
})

test('a caller that leaves in a pause is let go', async () => {
  const { all } = ports({ hasOthers: () => false })
  const leaving = new AbortController()
  const running = retried(all, { ...call, signal: leaving.signal }, () => {
    setImmediate(() => leaving.abort())
    return Promise.reject(comeBack(Code.Unavailable, 60_000))
  })
  await assert.rejects(running, (told: ConnectError) => told.code === Code.Canceled)
})

test('an outage costs a tenth more calls, and not five times as many', async () => {
  const budget = new RetryBudget()
  const { all } = ports({ budget })
  let made = 0
  const fail = () => {
    made++
    return Promise.reject(error(Code.Unavailable))
  }
  for (let calls = 0; calls < 1_000; calls++) await assert.rejects(retried(all, call, fail))
  assert.ok(made < 1_100, `${made} attempts for 1000 calls`)
  // Where half of the servers answer, retries come back.
  for (let calls = 0; calls < 1_000; calls++) await retried(all, call, async () => 'done')
  made = 0
  await assert.rejects(retried(all, call, fail))
  assert.equal(made, 5)
})
