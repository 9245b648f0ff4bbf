/** No input makes the parsers crash, hang, grow, or say what they do not read back. */
import { strict as assert } from 'node:assert'
import { describe, test } from 'vitest'
import { keep, keptInputs, messageSeeds, zoneFileSeeds } from './kept.ts'
import { type FuzzOutcome, runFuzz } from './run-fuzz.ts'
import type { TargetName } from './targets.ts'

const seed = Number(process.env['ZONECAST_SEED'] || Date.now() % 2 ** 31)
/** Some twenty seconds for both; for hours by hand: `ZONECAST_FUZZ_RUNS=100000000 npm run conformance fuzz`. */
const runs = Number(process.env['ZONECAST_FUZZ_RUNS'] || 20_000)
/** Keeps what makes more code run: `ZONECAST_FUZZ_KEEP=1`. */
const isKeeping = process.env['ZONECAST_FUZZ_KEEP'] === '1'

const seeds: Readonly<Record<'message' | 'zone-file', () => Promise<Uint8Array[]> | Uint8Array[]>> = {
  message: messageSeeds,
  'zone-file': zoneFileSeeds,
}

describe.each(Object.keys(seeds) as (keyof typeof seeds)[])('%s', (target) => {
  test('what was found before is harmless, and so is what follows from it', async () => {
    const kept = keptInputs(target)
    assert.ok(kept.length > 0, `nothing is kept of ${target}`)
    const outcome = await runFuzz({ target, seed, runs, corpus: [...kept, ...(await seeds[target]())] })
    if (isKeeping) keep(target, outcome.found)
    console.log(
      `${target}: seed ${seed}, ${outcome.runs} runs, ${outcome.functions} functions, ${outcome.found.length} made new code run`,
    )
    assert.equal(failureOf(target, outcome), undefined)
    assert.equal(outcome.runs, runs)
  }, 86_400_000)
})

test('what the loop has learned leads it to a fault that chance does not find', async () => {
  const options = { target: 'planted', seed: 1, corpus: [Buffer.from('aaaaaaaa')], runs: 60_000 } as const
  assert.match((await runFuzz(options)).failure?.error ?? '', /found/)
  assert.equal((await runFuzz({ ...options, guided: false })).failure, undefined)
})

test('an input on which a parser stays is found', async () => {
  const outcome = await runFuzz({ target: 'endless', seed: 1, corpus: [Buffer.from('x')], runs: 1_000 })
  assert.equal(outcome.failure?.error, 'it does not end')
})

test('an input that makes memory grow is found', async () => {
  const outcome = await runFuzz({ target: 'growing', seed: 1, corpus: [Buffer.from('x')], runs: 1_000 })
  assert.match(outcome.failure?.error ?? '', /memory/i)
})

/** What to do to see it again; the input is kept so that it stays found. */
function failureOf(target: TargetName, { failure }: FuzzOutcome): string | undefined {
  if (failure === undefined) return undefined
  const input = Buffer.from(failure.input).toString('hex')
  return `${failure.error}\nZONECAST_SEED=${seed}; put the input into conformance/fuzz/corpus/${target}/: ${input}`
}
