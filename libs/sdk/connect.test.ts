/** What the SDK adds to the client of every program. */
import assert from 'node:assert/strict'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { createRpcServer, principalOfRole, unavailable } from '@zonecast/rpc'
import { createMetrics, silentLogger } from '@zonecast/runtime'
import { afterAll, beforeAll, beforeEach, test } from 'vitest'
import { connect, type ConnectOptions } from './connect.ts'

/** Ids of the requests that came. */
const ids: string[] = []
/** So many are turned away. */
let away = 0
const administrator = principalOfRole('ann', 'administrator')
const server = createRpcServer({
  services: [RecordService],
  guard: { authenticate: () => administrator },
  log: silentLogger(),
  metrics: createMetrics('test'),
  routes: (router) =>
    router.service(RecordService, {
      applyChanges({ requestId }) {
        ids.push(requestId)
        if (away-- > 0) throw unavailable(1)
        return { changeId: 'done' }
      },
    }),
})
let url: string
beforeAll(async () => {
  ;({ url } = await server.listen({ host: '127.0.0.1', port: 0 }))
})
afterAll(() => server.close())
beforeEach(() => {
  ids.length = 0
  away = 0
})

const zone = 'a.example.'
const changes = [{ operation: { case: 'delete' as const, value: { name: 'www', type: 'A' } } }]

async function apply(request: { readonly requestId?: string }, options: Partial<ConnectOptions> = {}): Promise<string> {
  using zonecast = connect({ url, token: 'zc_a', ...options })
  return (await zonecast.records.applyChanges({ zone, changes, ...request })).changeId
}

test('a change without an id gets one, is repeated with it, and the next one gets another', async () => {
  away = 1
  assert.equal(await apply({}), 'done')
  await apply({})
  const [first, again, next] = ids
  assert.match(first!, /^[\da-f-]{36}$/)
  assert.equal(again, first)
  assert.notEqual(next, first)
})

test('an id that was given is the one that is sent', async () => {
  await apply({ requestId: 'mine' })
  assert.deepEqual(ids, ['mine'])
})

test('a call is made as often as was allowed', async () => {
  away = 1
  await assert.rejects(apply({}, { attempts: 1 }), /try again/)
  assert.equal(ids.length, 1)
})
