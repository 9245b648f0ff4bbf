/** Runs one history from its seed to its rest. */
import type { Coverage } from './coverage.ts'
import { disturbRest } from './faults.ts'
import { World, type HistoryOptions } from './world.ts'

/** Throws with the seed, and the command that repeats it, where something does not hold. */
export function runHistory(seed: number, coverage: Coverage, options: HistoryOptions = {}): void {
  try {
    const world = new World(seed, coverage, options)
    const steps = world.random.pick([100, 300, 600])
    for (let count = 0; count < steps; count++) world.step()
    world.cureOrNot()
    world.settle()
    world.checks.converged()
    if (!disturbRest(world)) return
    world.settle()
    world.checks.converged()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new Error(
      `seed ${seed}: ${message}\nrepeat it: ZONECAST_SEEDS=${seed} npx vitest run --config vitest.config.ts libs/sync/model.test.ts`,
      {
        cause: error,
      },
    )
  }
}
