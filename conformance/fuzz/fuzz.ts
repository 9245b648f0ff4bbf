/** The loop: inputs that make new code run are kept and changed further. */
import { startCoverage, Unseen } from './coverage.ts'
import { mutator } from './mutate.ts'
import { randomFrom } from './random.ts'

export interface Target {
  /** Throws on a fault: whatever an input does, it must not. */
  readonly run: (input: Uint8Array) => void
  /** Part of the URLs of the code whose blocks count. */
  readonly code: string
  /** What stands in inputs of this kind. */
  readonly words: readonly Uint8Array[]
  readonly maxOctets: number
}

export interface FuzzOptions {
  readonly seed: number
  readonly runs: number
  /** Inputs to begin with. */
  readonly corpus: readonly Uint8Array[]
  /** False: every input is made of the first ones, whatever code it made run. It shows what the guidance is worth. */
  readonly guided?: boolean
  /** Told of each input before it runs. */
  readonly before?: (input: Uint8Array) => void
}

export interface FuzzReport {
  readonly runs: number
  /** Functions of the code that ran. */
  readonly functions: number
  /** Inputs that made something new run, the first ones not among them. */
  readonly found: readonly Uint8Array[]
  /** The first input that failed. */
  readonly failure?: { readonly input: Uint8Array; readonly error: Error }
}

/** Reading the counters costs as much as many runs: the inputs of a batch are looked at one by one only where one brought news. */
const batchRuns = 64

export async function fuzz(target: Target, { seed, runs, corpus, guided = true, before }: FuzzOptions): Promise<FuzzReport> {
  const random = randomFrom(seed)
  const { mutate } = mutator(random, target.words, target.maxOctets)
  const coverage = await startCoverage(target.code)
  const unseen = new Unseen()
  const found: Uint8Array[] = []
  const all = [...corpus]
  let failure: FuzzReport['failure']
  let done = 0

  const isFine = (input: Uint8Array): boolean => {
    before?.(input)
    try {
      target.run(input)
      return true
    } catch (error) {
      failure = { input, error: error as Error }
      return false
    }
  }
  for (const input of corpus) {
    if (!isFine(input)) return { runs: done, functions: 0, found, failure: failure! }
  }
  unseen.add(await coverage.take())
  while (done < runs) {
    const batch = Array.from({ length: Math.min(batchRuns, runs - done) }, () => mutate(all))
    const failed = batch.findIndex((input) => !isFine(input))
    done += failed < 0 ? batch.length : failed + 1
    if (failure) break
    if (!guided) continue
    if (!unseen.isNews(await coverage.take())) continue
    for (const input of batch) {
      isFine(input)
      const ran = await coverage.take()
      if (!unseen.isNews(ran)) continue
      unseen.add(ran)
      all.push(input)
      found.push(input)
    }
  }
  await coverage.stop()
  return { runs: done, functions: unseen.size.functions, found, ...(failure && { failure }) }
}
