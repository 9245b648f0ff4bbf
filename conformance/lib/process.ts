/** One of our programs as a process of its own: started, watched, stopped, killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { programEnvironment, programFlags } from '@zonecast/runtime'
import { inherited } from './inherited.ts'

const workspace = fileURLToPath(new URL('../..', import.meta.url))

/** Compiled sources are kept between starts, as `zonectl up` does it. */
const compiled = { NODE_COMPILE_CACHE: join(tmpdir(), 'zonecast-compiled') }

/** What a program says when it is ready (`runApp` of libs/runtime). */
export interface Ready {
  readonly app: string
  readonly pid: number
  readonly port: number
  readonly dns?: readonly { readonly host: string; readonly port: number }[]
}

/** What a program is waited for to say. */
const longestWordMs = 90_000

/** A program that said `failed` instead of `ready`. */
export class StartFailed extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.name = 'StartFailed'
    this.code = code
  }
}

export interface AppOptions {
  readonly app: 'zone-api' | 'publisher' | 'edge-writer'
  readonly env: Readonly<Record<string, string>>
  /** Put before the command, such as `['strace', '-f', …]`. */
  readonly prefix?: readonly string[]
  /** Flags of node, such as `--import=…`. */
  readonly flags?: readonly string[]
}

export interface RunningApp {
  readonly ready: Ready
  readonly child: ChildProcess
  /** What it logged, newest last, at most 2 000 lines. */
  readonly log: readonly string[]
  /** Resolves once a line of its log has these words; rejects where it ends without, or takes too long. */
  said(words: string): Promise<void>
  /** Resolves when it has ended, with its exit code or the signal that ended it. */
  readonly ended: Promise<number | string>
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Starts a program and waits for its `ready` line; rejects with `StartFailed` when it gives up. */
export async function startApp({ app, env, prefix = [], flags = [] }: AppOptions): Promise<RunningApp> {
  const command = [...prefix, process.execPath, ...programFlags, ...flags, `apps/${app}/main.ts`]
  const child = spawn(command[0] as string, command.slice(1), {
    cwd: workspace,
    env: { ...programEnvironment, ...compiled, ...inherited(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  const log: string[] = []
  const lines = new EventEmitter().setMaxListeners(0)
  createInterface({ input: child.stderr }).on('line', (line) => {
    log.push(line)
    if (log.length > 2_000) log.shift()
    lines.emit('line', line)
  })
  const ready = await new Promise<Ready>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, word, json] = /^(ready|failed) (\{.*\})$/.exec(line) ?? []
      if (json === undefined) return
      const said = JSON.parse(json) as Ready & { code: number; message: string }
      if (word === 'ready') resolve(said)
      else reject(new StartFailed(said.code, said.message))
    })
    child.on('error', reject)
    void exited.then(([code, signal]) => reject(new Error(`${app} ended with ${code ?? signal}:\n${log.join('\n')}`)))
  })
  return {
    ready,
    child,
    log,
    said: (words) =>
      new Promise((resolve, reject) => {
        const end = (why?: string) => {
          clearTimeout(late)
          lines.off('line', look)
          if (why === undefined) resolve()
          else reject(new Error(`${app} ${why} and did not say "${words}":\n${log.slice(-5).join('\n')}`))
        }
        const late = setTimeout(() => end(`ran for ${longestWordMs} ms`), longestWordMs)
        const look = (line: string) => line.includes(words) && end()
        lines.on('line', look)
        for (const line of log) look(line)
        void exited.then(() => end('ended'))
      }),
    ended: exited.then(([code, signal]) => (code ?? signal) as number | string),
    stop: async (signal = 'SIGTERM') => {
      // The program itself, not what it may have been started through.
      if (child.exitCode === null && child.signalCode === null) process.kill(ready.pid, signal)
      await exited
    },
  }
}
