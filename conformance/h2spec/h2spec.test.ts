/** h2spec against our listener and against plain node:http2: ours fails no case that it passes. */
import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createRpcServer } from '@zonecast/rpc'
import { createLogger, createMetrics } from '@zonecast/runtime'
import { test } from 'vitest'
import { goProgram } from '../lib/programs.ts'
import { startPlainServer } from './plain-server.ts'

const folder = fileURLToPath(new URL('../test-output/h2spec', import.meta.url))

test('what plain node:http2 gets right, our listener gets right', async () => {
  mkdirSync(folder, { recursive: true })
  const plainServer = await startPlainServer()
  const server = createRpcServer({
    services: [],
    routes: () => {},
    guard: { authenticate: () => undefined },
    log: createLogger({ app: 'h2spec', level: 'silent' }),
    metrics: createMetrics('h2spec'),
  })
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
  try {
    const plain = await runSuite('plain', plainServer.port, '/')
    const ours = await runSuite('ours', port, '/healthz')
    assert.deepEqual([...ours.keys()], [...plain.keys()], 'the same cases ran')
    assert.equal(ours.size, 145, 'h2spec has so many cases')
    const worse = [...ours].filter(([name, passed]) => !passed && plain.get(name)).map(([name]) => name)
    // Some cases race with the answer that is on its way: what is wrong is wrong again.
    const again = worse.length > 0 ? await runSuite('again', port, '/healthz') : ours
    const wrong = worse.filter((name) => !again.get(name))
    assert.deepEqual(wrong, [], 'cases that ours fails and plain node:http2 passes')
  } finally {
    plainServer.close()
    await server.close()
  }
})

/** Each case by its name, and whether it passed. */
async function runSuite(name: string, port: number, path: string): Promise<Map<string, boolean>> {
  const suite = goProgram('h2spec')
  if (!existsSync(suite))
    throw new Error(`${suite} is missing: GOBIN=${goProgram('')} go install github.com/summerwind/h2spec/cmd/h2spec@v2.2.1`)
  const report = `${folder}/${name}.xml`
  const args = ['-h', '127.0.0.1', '-p', String(port), '-P', path, '-o', '1', '-j', report]
  const child = spawn(suite, args, { stdio: 'ignore' })
  await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  const cases = new Map<string, boolean>()
  for (const [, attributes = '', body] of readFileSync(report, 'utf8').matchAll(
    /<testcase ([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs,
  )) {
    const [, section] = /package="([^"]*)"/.exec(attributes) ?? []
    const [, title] = /classname="([^"]*)"/.exec(attributes) ?? []
    cases.set(`${section} ${title}`, !/<(failure|error)/.test(body ?? ''))
  }
  return cases
}
