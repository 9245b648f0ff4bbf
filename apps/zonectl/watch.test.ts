/** What a watch knows while zone APIs come and go. */
import assert from 'node:assert/strict'
import { createClient, createRouterTransport } from '@connectrpc/connect'
import { ChangeService, ChangeStage } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { test } from 'vitest'
import type { Api } from './api.ts'
import { watchChange } from './watch.ts'

const at = (edgeId: string, stage: ChangeStage) => ({ edgeId, stage })
const { COMMITTED, ANSWERED } = ChangeStage

test('an edge that has answered stays so when the zone API starts anew and has not heard of it yet', async () => {
  const change = { changeId: 'chg_1', expectedEdges: ['edge-1', 'edge-2'] }
  let calls = 0
  const transport = createRouterTransport(({ service }) =>
    service(ChangeService, {
      async *watchChange() {
        if (calls++ === 0) {
          // The stream ends, as that of a zone API which is stopped.
          yield { change, stage: COMMITTED, edges: [at('edge-1', ANSWERED), at('edge-2', COMMITTED)], done: false }
          return
        }
        yield { change, stage: COMMITTED, edges: [at('edge-1', COMMITTED), at('edge-2', COMMITTED)], done: false }
        yield { stage: COMMITTED, edges: [at('edge-1', COMMITTED)], done: false }
        yield { stage: ANSWERED, edges: [at('edge-1', ANSWERED), at('edge-2', ANSWERED)], done: true }
      },
    }),
  )
  const api = { changes: createClient(ChangeService, transport) } as unknown as Api
  const seen: string[] = []
  for await (const { progress } of watchChange(api, 'chg_1', { signal: new AbortController().signal }))
    seen.push(progress.edges.map(({ stage }) => stage).join(' '))
  assert.deepEqual(seen, ['answered committed', 'answered committed', 'answered committed', 'answered answered'])
})
