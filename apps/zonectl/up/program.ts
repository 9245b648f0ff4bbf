/** One program as a process of its own: started, watched until it is ready, stopped. */
import { programEnvironment, programFlags } from '@zonecast/runtime'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { cacheFolder } from '../cache-folder.ts'
import type { App, Ready, Variables } from './parts.ts'

export interface ProgramOptions {
  readonly app: App
  readonly variables: Variables
  readonly logFile: string
}

export interface Program {
  readonly ready: Ready
  readonly pid: number
  /** How it ended, in words; settles once it has. */
  readonly ended: Promise<string>
  /** Asks it to stop, and insists when it does not. */
  stop(): Promise<void>
}

/** A program that gave up: its own words, and the exit code they come with. */
export class StartFailed extends Error {
  readonly exitCode: number
  readonly app: App

  constructor(app: App, message: string, exitCode: number) {
    super(message)
    this.name = 'StartFailed'
    this.app = app
    this.exitCode = exitCode
  }
}

/**
 * Ends the program when the process that holds the other end of its standard input is gone, even by kill -9. Worker threads run
 * what is imported too, and have no standard input of their own.
 */
const leash = `data:text/javascript,${encodeURIComponent(`
  import { isMainThread } from 'node:worker_threads'
  if (isMainThread) {
    process.stdin.on('error', () => {}).on('end', () => process.kill(process.pid, 'SIGTERM')).resume().unref()
  }`)}`

const insistMs = 10_000
const maxLogOctets = 16 << 20

/** Resolves when the program says that it is ready. */
export async function startProgram({ app, variables, logFile }: ProgramOptions): Promise<Program> {
  rotate(logFile)
  const log = openSync(logFile, 'a', 0o600)
  const start = statSync(logFile).size
  const main = fileURLToPath(new URL(`../../${app}/main.ts`, import.meta.url))
  const child = spawn(process.execPath, [...programFlags, '--import', leash, main], {
    env: { ...programEnvironment, ...inherited(), ...variables },
    stdio: ['pipe', 'pipe', log],
    // A group of its own: Ctrl-C reaches the supervisor alone, which stops the parts in order.
    detached: true,
  })
  closeSync(log)
  const ended = once(child, 'exit').then(([code, signal]) => (signal ? `it got ${String(signal)}` : `exit code ${String(code)}`))
  try {
    const ready = await readyLine(child, app, ended, () => lastLines(logFile, start))
    return { ready, pid: child.pid as number, ended, stop: () => stop(child, ended) }
  } catch (error) {
    await stop(child, ended)
    throw error
  }
}

function readyLine(child: ChildProcess, app: App, ended: Promise<string>, tail: () => string): Promise<Ready> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout as Readable }).on('line', (line) => {
      const [, word, json] = /^(ready|failed) (\{.*\})$/.exec(line) ?? []
      if (json === undefined) return
      const said = JSON.parse(json) as Ready & { code: number; message: string }
      if (word === 'ready') resolve(said)
      else reject(new StartFailed(app, said.message, said.code))
    })
    child.on('error', (error) => reject(new StartFailed(app, error.message, 1)))
    // What it says comes before its end is told of only when the pipe has been read.
    void ended.then((how) =>
      setImmediate(() => reject(new StartFailed(app, `it ended before it was ready (${how})${tail()}`, 1))),
    )
  })
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (child.pid === undefined) return
  const insist = setTimeout(() => child.kill('SIGKILL'), insistMs)
  child.kill('SIGTERM')
  await ended
  clearTimeout(insist)
}

/** Our own settings are not the programs'. Compiled sources are kept where Node keeps ours. */
function inherited(): NodeJS.ProcessEnv {
  const kept = new Set(['ZONECAST_LOG_LEVEL'])
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('ZONECAST_') || kept.has(name))
  const cache = cacheFolder()
  return { ...(cache && { NODE_COMPILE_CACHE: cache }), ...Object.fromEntries(others) }
}

/** One old log is kept. */
function rotate(file: string): void {
  if (existsSync(file) && statSync(file).size > maxLogOctets) renameSync(file, `${file}.1`)
}

/** What a program that died early wrote last. */
function lastLines(file: string, from: number): string {
  const lines = readFileSync(file).subarray(from).toString('utf8').trim().split('\n').slice(-5)
  return lines[0] === '' ? '' : `:\n${lines.map((line) => `    ${line.slice(0, 500)}`).join('\n')}`
}
