/** The thread that fuzzes, so that one that hangs can be stopped. */
import { parentPort, workerData } from 'node:worker_threads'
import { fuzz, type FuzzOptions } from './fuzz.ts'
import { type TargetName, targets } from './targets.ts'

export interface FuzzWorkerInput extends Omit<FuzzOptions, 'before'> {
  readonly target: TargetName
  /** A counter of runs, the length of the input that runs, and its octets: what is left to see of a thread that hangs. */
  readonly present: SharedArrayBuffer
}

const { target, present, ...options } = workerData as FuzzWorkerInput
const numbers = new Int32Array(present, 0, 2)
const octets = new Uint8Array(present, 8)

const report = await fuzz(targets[target], {
  ...options,
  before: (input) => {
    octets.set(input.subarray(0, octets.length))
    numbers[1] = input.length
    Atomics.add(numbers, 0, 1)
  },
})
const { failure } = report
parentPort!.postMessage({ ...report, failure: failure && { input: failure.input, error: failure.error.stack } }, [])
