/** A name server of others as a process with a folder and a log of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseName, typeFromText } from '@zonecast/dns'
import { type Address, dnsQuery } from '@zonecast/dns-net'

/** How a program is called, and what its configuration says; both may name its folder. */
export interface Recipe {
  readonly program: string
  readonly args: (config: string) => readonly string[]
  readonly configName?: string
  readonly config: string
}

export interface Server {
  readonly address: Address
  readonly folder: string
  readonly child: ChildProcess
  /** Waits for an answer to a question, by default for the SOA over UDP; throws with the log's end when the program has ended. */
  answering(name: string, type?: string, tcp?: boolean): Promise<void>
  /** Throws with the log's end when the program has ended. */
  check(): void
  log(): string
  stop(): Promise<void>
}

const keptOfLog = 4_000
const giveUpMs = 60_000

/** What still runs when a benchmark ends badly ends with it. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts the program in its folder, which is made; it may not answer yet. */
export async function startServer(name: string, folder: string, port: number, recipe: Recipe): Promise<Server> {
  mkdirSync(folder, { recursive: true })
  const config = join(folder, recipe.configName ?? 'config')
  writeFileSync(config, recipe.config)
  // Files on a disk are what they write, so that output is never what holds them up.
  const child = spawn(recipe.program, recipe.args(config), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said = `${said}${data}`.slice(-keptOfLog)))
  let failure: Error | undefined
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running.delete(child)
      resolve()
    })
    child.once('error', (error) => {
      failure = error
      resolve()
    })
  })
  const address = { host: '127.0.0.1', port }
  const check = () => {
    if (failure !== undefined) throw new Error(`${name}: ${recipe.program} cannot be started: ${failure.message}`)
    if (child.exitCode === null && child.signalCode === null) return
    throw new Error(`${name}: ${recipe.program} ended with ${child.exitCode ?? child.signalCode}:\n${said}`)
  }
  return {
    address,
    folder,
    child,
    check,
    log: () => said,
    answering: async (owner, type = 'SOA', tcp = false) => {
      const asked = { server: address, name: parseName(owner), type: typeFromText(type)!, timeoutMilliseconds: 500, tcp }
      const until = performance.now() + giveUpMs
      for (;;) {
        check()
        if (performance.now() > until) throw new Error(`${name} does not answer ${owner} ${type}:\n${said}`)
        const answer = await dnsQuery(asked).catch(() => undefined)
        if (answer !== undefined && answer.answers.length > 0) return
        await sleep(20)
      }
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await exited
    },
  }
}

/** A process and all that it started, newest last. */
export function familyOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))]
}
