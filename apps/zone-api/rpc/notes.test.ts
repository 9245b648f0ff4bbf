import assert from 'node:assert/strict'
import { Code, ConnectError } from '@connectrpc/connect'
import { AuditService } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { SearchService } from '@zonecast/contract/generated/zonecast/zone/v1/search_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

const zone = 'harbour.example'
let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.client(ZoneService).createZone({ zone, nameServers: ['ns1.dns.example.'] })
})
afterAll(() => server.close())

const apply = (operation: object) => server.client(RecordService).applyChanges({ zone, changes: [{ operation } as never] })
const put = (name: string, note?: object) =>
  apply({ case: 'put', value: { name, type: 'A', values: ['192.0.2.1'], ...(note && { note }) } })
const noteOf = async (name: string) => (await server.client(RecordService).getRRset({ zone, name, type: 'A' })).rrset?.note

test('a put may carry a note, which a put without one leaves as it is', async () => {
  await put('www', { comment: 'the web', tags: { team: 'web' } })
  await put('www')
  const { comment, tags } = (await noteOf('www'))!
  assert.deepEqual({ comment, tags }, { comment: 'the web', tags: { team: 'web' } })
})

test('a change of a note alone has no change to watch, says what it did, and is in the audit log', async () => {
  await put('tag')
  const value = { name: 'tag', type: 'A', setTags: { team: 'ops', critical: '' } }
  const { changeId, effects } = await apply({ case: 'note', value })
  assert.deepEqual([changeId, effects[0]?.changed, effects[0]?.notesChanged], ['', false, 1])
  const { events } = await server.client(AuditService).listEvents({ zone, pageSize: 1 })
  const what = events[0]?.what
  assert.deepEqual(what?.case === 'change' && what.value.details.map(({ subject, after }) => [subject, JSON.parse(after)]), [
    ['tag.harbour.example. A', { comment: '', tags: { critical: '', team: 'ops' } }],
  ])
})

test('RRsets are found by tag in one zone and over all, and a message has room for the largest notes', async () => {
  const tags = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`large${i}`, 'ü'.repeat(255)]))
  const changes = Array.from({ length: 150 }, (_, i) => ({
    operation: { case: 'put', value: { name: `n${i}`, type: 'A', values: ['192.0.2.1'], note: { comment: 'x', tags } } },
  }))
  for (let at = 0; at < changes.length; at += 50)
    await server.client(RecordService).applyChanges({ zone, changes: changes.slice(at, at + 50) as never })
  const listed: string[] = []
  for (let pageToken = '', isFirst = true; isFirst || pageToken !== ''; isFirst = false) {
    const page = await server.client(RecordService).listRRsets({ zone, tag: { tag: 'large7' }, pageSize: 1000, pageToken })
    listed.push(...page.rrsets.map(({ name }) => name))
    pageToken = page.nextPageToken
  }
  assert.equal(new Set(listed).size, 150)
  const all: string[] = []
  for (let pageToken = '', isFirst = true; isFirst || pageToken !== ''; isFirst = false) {
    const page = await server.client(RecordService).listRRsets({ zone, pageSize: 1000, pageToken })
    all.push(...page.rrsets.map(({ name, type }) => `${name} ${type}`))
    pageToken = page.nextPageToken
  }
  assert.equal(all.length, new Set(all).size)
  assert.equal(all.length, 150 + 4)
  for (const request of [{ tag: { tag: 'large7' } }, { name: { match: { case: 'suffix', value: zone } } }]) {
    let count = 0
    for await (const { found } of server.client(SearchService).findRRsets(request as never)) count += found.length
    assert.equal(count, 'tag' in request ? 150 : 154)
  }
})

test('tags have a form', async () => {
  for (const tag of ['Team', 'a b', '', '-a'])
    await assert.rejects(put('www', { tags: { [tag]: '' } }), (error: ConnectError) => {
      assert.equal(error.code, Code.InvalidArgument)
      return true
    })
})
