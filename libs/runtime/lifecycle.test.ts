/** What whoever starts a program sees: one line, an exit code, and an end when asked for. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'vitest'

const lifecycle = JSON.stringify(new URL('./lifecycle.ts', import.meta.url).href)

function program(start: string): ChildProcess {
  const text = `
    const { runApp } = await import(${lifecycle})
    await runApp({ name: 'probe', graceMs: 300, start: async (context) => { ${start} } })`
  return spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function outcome(child: ChildProcess) {
  let log = ''
  child.stderr?.on('data', (chunk: Buffer) => (log += chunk))
  const lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })[Symbol.asyncIterator]()
  const closed = once(child, 'close')
  const first = ((await lines.next()).value as string | undefined) ?? ''
  return { first, code: async () => (await closed)[0] as number, log: () => log }
}

const running = (close: string) =>
  `const timer = setInterval(() => {}, 1e6); return { ready: { port: 1 }, close: async () => { ${close} } }`

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  test(`${signal} closes the program and ends it with 0`, async () => {
    const child = program(running(`console.error('closed'); clearInterval(timer)`))
    const { first, code, log } = await outcome(child)
    assert.equal(first, `ready ${JSON.stringify({ app: 'probe', pid: child.pid, port: 1 })}`)
    child.kill(signal)
    assert.equal(await code(), 0)
    assert.match(log(), /closed/)
  })

test('a program that is abandoned says why, closes nothing and ends with 1', async () => {
  const child = program(`setTimeout(() => context.abandon(new Error('the disk fails')), 1);` + running(`console.error('closed')`))
  const { code, log } = await outcome(child)
  assert.equal(await code(), 1)
  assert.match(log(), /"level":"fatal".*the disk fails/)
  assert.doesNotMatch(log(), /closed/)
})

test('a close that hangs is cut after the grace period', async () => {
  const child = program(running('await new Promise(() => {})'))
  const { code, log } = await outcome(child)
  child.kill('SIGTERM')
  assert.equal(await code(), 1)
  assert.match(log(), /did not stop in time/)
})

for (const { name, start, exit, shown } of [
  {
    name: 'an error that knows its exit code',
    start: `throw Object.assign(new Error('port taken'), { exitCode: 69 })`,
    exit: 69,
    shown: 'port taken',
  },
  { name: 'any other error', start: `throw new Error('broken')`, exit: 1, shown: 'broken' },
])
  test(`a start that fails with ${name} says so`, async () => {
    const { first, code } = await outcome(program(start))
    assert.deepEqual(JSON.parse(first.replace('failed ', '')), { app: 'probe', code: exit, message: shown })
    assert.equal(await code(), exit)
  })

for (const { name, start } of [
  { name: 'an unhandled rejection', start: `setTimeout(() => Promise.reject(new Error('lost')), 1);` },
  { name: 'an uncaught exception', start: `setTimeout(() => { throw new Error('lost') }, 1);` },
  { name: 'a failure the program reports', start: `setTimeout(() => context.fail(new Error('lost')), 1);` },
])
  test(`${name} is logged and ends the program with 1`, async () => {
    const { code, log } = await outcome(program(start + running('clearInterval(timer)')))
    assert.equal(await code(), 1)
    assert.match(log(), /lost/)
  })
