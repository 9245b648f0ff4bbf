/** Pages of docs/operating/, followed: their blocks of commands, and one machine that a reader has for them. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inherited } from './inherited.ts'

export const workspace = fileURLToPath(new URL('../..', import.meta.url))

/** The blocks of commands of a page, from top to bottom. */
export function blocksOf(page: string): string[] {
  const text = readFileSync(join(workspace, 'docs/operating', page), 'utf8')
  return [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block)
}

/** Where `zonectl up` runs and everything is kept. */
export class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), 'zonecast-operating-'))
  readonly data = join(this.folder, 'data')
  readonly #env = { ...inherited(), NODE: process.execPath, ZONECAST_DATA: this.data }
  #up: ChildProcess | undefined

  /** Runs lines as a reader types them, and gives what they print. */
  async follow(text: string): Promise<string> {
    const script = text.replaceAll('npx zonectl', '"$NODE" apps/zonectl/main.ts')
    const { stdout, stderr } = await promisify(execFile)('sh', ['-ec', script], { cwd: workspace, env: this.#env })
    return `${stdout}${stderr}`
  }

  /** Starts `zonectl up`; resolves when all of it is ready. */
  async start(): Promise<void> {
    const args = ['apps/zonectl/main.ts', 'up', '--port-base', '0']
    const child = spawn(process.execPath, args, { cwd: workspace, env: this.#env, stdio: ['ignore', 'pipe', 'inherit'] })
    this.#up = child
    for await (const line of createInterface({ input: child.stdout })) if (line === 'ready') return
    throw new Error('zonectl up ended before it was ready')
  }

  async stop(): Promise<void> {
    const child = this.#up
    this.#up = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }

  async close(): Promise<void> {
    await this.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
