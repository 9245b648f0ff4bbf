/** The command line inside a test: run with streams that remember, against a system of real programs. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { runCli } from './cli.ts'
import type { Io } from './io.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Given {
  /** What stands on its standard input. */
  readonly input?: string
  /** Called when it has printed something. */
  readonly onOut?: () => void
  readonly env?: Io['env']
}

/** Runs a command in this process. */
export async function zonectl(words: readonly string[], { input = '', onOut, env = {} }: Given = {}): Promise<Ran> {
  const kept = { out: '', err: '' }
  const keep = (name: 'out' | 'err') =>
    new Writable({
      write(chunk: Buffer, _, done) {
        kept[name] += chunk.toString('utf8')
        if (name === 'out') onOut?.()
        done()
      },
    })
  const io = { stdin: Readable.from(input === '' ? [] : [Buffer.from(input)]), stdout: keep('out'), stderr: keep('err'), env }
  const code = await runCli(words, io)
  return { code, ...kept }
}

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'zonectl-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export interface StartedUp {
  /** What it printed when it was ready. */
  readonly json: {
    readonly found: boolean
    readonly server: string
    readonly tokenFile: string
    readonly edges: readonly { edgeId: string; url: string; dns: readonly { host: string; port: number }[] }[]
  }
  readonly pid: number
  /** Resolves with the first line of its talk that matches. */
  said(pattern: RegExp): Promise<string>
  kill(signal: NodeJS.Signals): Promise<number | null>
}

const main = fileURLToPath(new URL('main.ts', import.meta.url))

/** `zonectl up` as a process, on ports that are free. */
export async function startUp(folder: string, more: readonly string[] = []): Promise<StartedUp> {
  const child = spawn(process.execPath, [main, 'up', '--data', folder, '--port-base', '0', '-o', 'json', ...more], {
    stdio: 'pipe',
  })
  const ended = once(child, 'exit') as Promise<[number | null]>
  const talk: string[] = []
  const lines = createInterface({ input: child.stderr })
  lines.on('line', (line) => talk.push(line))
  const first = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>
  const [line] = await Promise.race([
    first,
    ended.then(([code]) => Promise.reject(new Error(`up ended with ${code}:\n${talk.join('\n')}`))),
  ])
  return {
    json: JSON.parse(line) as StartedUp['json'],
    pid: child.pid as number,
    said: async (pattern) => {
      const known = talk.find((said) => pattern.test(said))
      if (known !== undefined) return known
      for await (const [said] of on(lines)) if (pattern.test(said)) return said
      throw new Error(`it never said ${pattern}`)
    },
    kill: async (signal) => {
      child.kill(signal)
      return (await ended)[0]
    },
  }
}

async function* on(lines: ReturnType<typeof createInterface>): AsyncGenerator<[string]> {
  for (;;) yield (await once(lines, 'line')) as [string]
}

/** The processes of a system by their names, `supervisor` among them. */
export function pidsIn(data: string): Record<string, number> {
  return JSON.parse(readFileSync(join(data, 'run.json'), 'utf8')) as Record<string, number>
}

/** `zonectl up` that is expected to give up. */
export async function failUp(words: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [main, 'up', ...words], { stdio: 'pipe' })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit') as Promise<[number]>])
  return { code, out, err }
}
