/** What a log line carries, and what it must not. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { childFor, createLogger } from './log.ts'

function logged(write: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = []
  write(createLogger({ app: 'publisher', level: 'debug', destination: { write: (line) => void lines.push(line) } }))
  return lines.map((line) => JSON.parse(line))
}

test('lines about a change carry its ids', () => {
  const [line] = logged((log) => childFor(log, { changeId: 'c1', zone: 'example.com.', version: 7n }).info('applied'))
  assert.deepEqual(
    [line?.['app'], line?.['changeId'], line?.['zone'], line?.['version'], line?.['msg'], line?.['level']],
    ['publisher', 'c1', 'example.com.', '7', 'applied', 'info'],
  )
})

test('secrets are removed wherever they stand', () => {
  const text = JSON.stringify(
    logged((log) => {
      log.info({ token: 'hunter2', headers: { authorization: 'Bearer hunter2' } })
      log.info({ request: { body: { password: 'hunter2' } }, secret: 'hunter2' })
    }),
  )
  assert.doesNotMatch(text, /hunter2/)
  assert.match(text, /removed/)
})
