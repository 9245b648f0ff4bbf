/** The drill of a stale publisher: passed by this edge, and not by one whose fence is off. */
import { strict as assert } from 'node:assert'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'vitest'
import { withoutFence } from '../faults/mutations.ts'

const zonectl = fileURLToPath(new URL('../../apps/zonectl/main.ts', import.meta.url))
const hook = fileURLToPath(new URL('../faults/mutate.ts', import.meta.url))

interface Report {
  readonly passed: boolean
  readonly dangerous: number
  readonly refused: number
  readonly steps: readonly { who: string; wanted: string; said: string; answers: string[]; passed: boolean }[]
}

function drill(env: Readonly<Record<string, string>> = {}): Promise<{ code: number; report: Report }> {
  return new Promise((resolve) => {
    const words = [zonectl, 'drill', 'stale-publisher', '-o', 'json']
    execFile(process.execPath, words, { env: { ...process.env, ...env } }, (error, out) =>
      resolve({ code: Number(error?.code ?? 0), report: JSON.parse(out) as Report }),
    )
  })
}

test('each dangerous step is refused at the edge, and the name is answered throughout', async () => {
  const { code, report } = await drill()
  assert.equal(code, 0)
  assert.deepEqual([report.passed, report.dangerous, report.refused], [true, 6, 6])
  assert.deepEqual(
    report.steps.map(({ who, said }) => `${who} ${said}`),
    [
      'fast ACK',
      'fast ACK',
      'slow NOT_NEWER',
      'slow NOT_NEWER',
      'cleanup NOT_NEWER',
      'cleanup LIST AGAIN',
      'cleanup BASE_MISMATCH',
      'cleanup DIGEST_MISMATCH',
      'fast ACK',
    ],
  )
  assert.deepEqual(report.steps.at(-2)?.answers, ['192.0.2.31', '192.0.2.32', '192.0.2.33'])
})

test('an edge whose fence is off fails the drill', async () => {
  const { code, report } = await drill({
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${hook}`,
    FAULT_MUTATIONS: JSON.stringify(withoutFence),
  })
  assert.equal(code, 1)
  assert.equal(report.passed, false)
  const emptied = report.steps.find(({ who, answers }) => who === 'cleanup' && answers.length === 0)
  const stale = report.steps.find(({ who, passed }) => who === 'slow' && !passed)
  assert.ok(emptied ?? stale, 'the stale plan is served, or the name is empty')
})
