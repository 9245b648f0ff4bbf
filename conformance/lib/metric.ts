/** What a program's metrics say. */
import { request as requestClear } from 'node:http'
import { request as requestSecured } from 'node:https'
import { text } from 'node:stream/consumers'
import { readSecrets } from './secured.ts'
import type { System } from './system.ts'

/** A metric's value, of all its labels together; 0 where there is none of this name. */
export async function metric(system: System, app: string, name: string): Promise<number> {
  const lines = (await metricsText(system, app))
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}

/** All of them, as Prometheus would read them. */
export function metricsText(system: System, app: string): Promise<string> {
  const { tls } = system
  const options = { agent: false, ...(tls && readSecrets(tls)) } as const
  return new Promise((resolve, reject) => {
    const asking = (tls ? requestSecured : requestClear)(`${system.url(app)}/metrics`, options, (response) =>
      resolve(text(response)),
    )
    asking.on('error', reject).end()
  })
}
