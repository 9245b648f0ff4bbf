/** What a program's metrics say. */
import type { System } from './system.ts'

/** A metric's value, of all its labels together; 0 where there is none of this name. */
export async function metric(system: System, app: string, name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${system.app(app).ready.port}/metrics`)
  const lines = (await response.text()).split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}
