/** What the three programs of the old way have in common: their input, their ready line and their manners. */
import { setImmediate } from 'node:timers/promises'
import type { ProgramInput } from './contract.ts'
import type { RestServer } from './rest.ts'

export const inputOf = (): ProgramInput => JSON.parse(process.argv[2] ?? '{}') as ProgramInput

/** Lets other callers have their turn in the middle of long work. */
export const nextTurn = (): Promise<void> => setImmediate()

/** Listens on a free port of loopback and says so as our programs do. */
export async function ready(server: RestServer, more: object = {}): Promise<void> {
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  console.log(`ready ${JSON.stringify({ pid: process.pid, url, ...more })}`)
}
