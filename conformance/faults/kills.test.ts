/** kill -9 of every process, also of several at once, while changes go on. */
import { test } from 'vitest'
import { cleanRun, twoEdges } from './fault-run.ts'
import { pick, repeatBy, seedsOf } from './seeds.ts'

const programs = ['zone-api', 'publisher', ...twoEdges]

for (const seed of seedsOf(20, 2))
  test(`seed ${seed}: each process is killed, and several at once (${repeatBy('kills.test.ts', seed)})`, async () => {
    await cleanRun({
      seed,
      faults: async ({ system, random, pass, progress }) => {
        const several = programs.filter(() => random() < 0.6)
        const rounds = [...programs.map((name) => [name]), several.length > 1 ? several : programs]
        for (const victims of rounds.toSorted(() => random() - 0.5)) {
          await pass(50, 400)
          await Promise.all(victims.map((name) => system.stop(name, 'SIGKILL')))
          await pass(0, 200)
          await Promise.all(victims.toSorted(() => random() - 0.5).map((name) => system.start(name)))
          await progress(3)
        }
        // A process that has just begun is killed as well.
        const victim = pick(random, programs)
        await system.stop(victim, 'SIGKILL')
        await system.start(victim)
        await system.stop(victim, 'SIGKILL')
        await system.start(victim)
        await progress(10)
      },
    })
  })
