/** The process that fuzzes, so that one that hangs can be stopped and one that crashes takes nothing along. */
import { fuzz, type FuzzOptions } from './fuzz.ts'
import { openPresent } from './present.ts'
import { type TargetName, targets } from './targets.ts'

export interface FuzzOrder extends Omit<FuzzOptions, 'before'> {
  readonly target: TargetName
  /** Where the input stands that runs, for whoever is left. */
  readonly presentFile: string
}

process.once('message', async (order: FuzzOrder) => {
  const { target, presentFile, ...options } = order
  const { failure, ...report } = await fuzz(targets[target], { ...options, before: openPresent(presentFile) })
  const outcome = { ...report, ...(failure && { failure: { input: failure.input, error: failure.error.stack } }) }
  process.send!(outcome, () => process.disconnect())
})
