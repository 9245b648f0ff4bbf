import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { EventService } from '@zonecast/contract/generated/zonecast/event/v1/event_service_pb'
import { Code, ConnectError } from '@connectrpc/connect'
import { createRpcClient } from '@zonecast/rpc'
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, test } from 'vitest'
import { startTestServer, type TestServer } from '../rpc/test-server.ts'
import { BootstrapError } from './bootstrap-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'zonecast-bootstrap-'))
const file = join(folder, 'bootstrap.json')
const entry = (principal: string, role = 'administrator') => {
  return { principal, role, sha256: createHash('sha256').update(`zc_${principal}`).digest('hex') }
}
const write = (...entries: ReturnType<typeof entry>[]) => writeFileSync(file, JSON.stringify(entries))
let server: TestServer
beforeAll(async () => {
  write(entry('root'), entry('second'))
  server = await startTestServer([], { credentials: undefined, bootstrapFile: file })
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'done',
    (error: unknown) => Code[ConnectError.from(error).code],
  )
}

const as = (principal: string) => createRpcClient(AccessService, server.transport(`zc_${principal}`))
const whoAmI = async (principal: string) => codeOf(as(principal).whoAmI({}))

/** Who is in the file throughout may call meanwhile; a test ends by itself where it never comes to that. */
async function rootUntil(is: () => Promise<boolean> | boolean): Promise<void> {
  const root = as('root')
  do assert.equal(await codeOf(root.whoAmI({})), 'done')
  while (!(await is()))
}

test('what is taken out of the file ends, open streams too, and what is new is in force', async () => {
  const events = createRpcClient(EventService, server.transport('zc_second')).watch({ positions: [{ shard: 0 }] })
  const watching = events[Symbol.asyncIterator]()
  await watching.next()
  write(entry('root'), entry('third'))
  // Signs of life go on until then.
  const end = async (): Promise<string> => {
    const code = await codeOf(watching.next().then(({ done }) => assert.ok(!done, 'ended well')))
    return code === 'done' ? end() : code
  }
  assert.equal(await end(), 'Unauthenticated')
  assert.deepEqual(await Promise.all(['root', 'second', 'third'].map(whoAmI)), ['done', 'Unauthenticated', 'done'])
  const told = server.lines.find(({ withdrawn }) => withdrawn !== undefined)
  assert.deepEqual([told?.['added'], told?.['withdrawn']], [['third'], ['second']])
})

test('a file that is wrong or away changes nothing, and is told of once', async () => {
  const faults = () => server.lines.filter(({ msg }) => /stays in force/.test(String(msg))).map(({ msg }) => String(msg))
  for (const { text, says } of [
    { text: '[{"principal":', says: /cannot be read/ },
    { text: JSON.stringify([{ ...entry('root'), role: 'king' }]), says: /is wrong/ },
    { text: undefined, says: /ENOENT/ },
  ]) {
    if (text === undefined) rmSync(file)
    else writeFileSync(file, text)
    await rootUntil(() => says.test(faults().at(-1) ?? ''))
  }
  const count = faults().length
  write(entry('root'))
  const third = as('third')
  await rootUntil(async () => (await codeOf(third.whoAmI({}))) === 'Unauthenticated')
  assert.equal(faults().length, count)
})

test('without a file to begin with nothing starts', async () => {
  const more = { credentials: undefined, bootstrapFile: join(folder, 'none.json') }
  await assert.rejects(startTestServer([], more), (error) => error instanceof BootstrapError && error.exitCode === 64)
})
