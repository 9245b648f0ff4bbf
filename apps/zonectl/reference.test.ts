import assert from 'node:assert/strict'
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { afterAll, beforeAll, test, vi } from 'vitest'
import { buildProgram } from './commands/program.ts'
import { processIo } from './io.ts'
import type { Ran } from './test-io.ts'
import { testSystem } from './test-system.ts'

/** A hundred examples, each of which several programs take part in: on a machine that others use, too, that takes its time. */
vi.setConfig({ testTimeout: 600_000 })

const workspace = fileURLToPath(new URL('../..', import.meta.url))
const reference = readFileSync(join(workspace, 'docs/reference/zonectl.md'), 'utf8')
const { folder, data, file } = testSystem()
const env = { ...process.env, NODE: process.execPath, ZONECAST_DATA: data }

/** Runs one example after the other: a program takes longer to read its modules than to do what an example says. */
let program: ChildProcess
let ended: Promise<never>
beforeAll(() => {
  // The completion script goes past the streams of a command.
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const
  program = fork(join(import.meta.dirname, 'test-program.ts'), { cwd: workspace, env, execArgv: [], stdio: [...stdio] })
  ended = once(program, 'exit').then(([code]) => Promise.reject(new Error(`the program ended with ${code}`)))
  ended.catch(() => {})
})
afterAll(() => program?.kill())

const blocks = (language: string) =>
  [...reference.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text)

/** As a reader would type it, with the file, the folder and the change of this run. */
async function run(example: string, changeId: string): Promise<Ran> {
  const line = example.replace(/\b((move|buoy)\.yaml|harbour\.backup)/, join(folder, '$1')).replace(/chg_\w+/, changeId)
  // What a pipe fills is the standard input of a real program.
  if (line.includes('|')) return shell(`npx() { shift; "$NODE" apps/zonectl/main.ts "$@"; }; ${line}`)
  const { out: words } = await shell(`npx() { printf '%s\\0' "$@"; }; ${line}`)
  const [name, ...more] = words.split('\0').slice(0, -1)
  assert.equal(name, 'zonectl', line)
  program.send(more)
  const [ran] = (await Promise.race([once(program, 'message'), ended])) as [Ran]
  return ran
}

function shell(command: string): Promise<Ran> {
  return new Promise((resolve) => {
    execFile('sh', ['-c', command], { cwd: workspace, env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    )
  })
}

test('every example of the reference works, from top to bottom', async () => {
  const lines = blocks('sh').flatMap((text) => text.trim().split('\n'))
  assert.ok(lines.length > 20)
  // The version that the example asks for belongs to another story.
  file('move.yaml', (blocks('yaml')[0] ?? '').replace(/^precondition: .*\n/m, ''))
  file('buoy.yaml', blocks('yaml')[1] ?? '')
  let changeId = ''
  for (const line of lines) {
    const { code, out, err } = await run(line, changeId)
    assert.equal(code, 0, `${line}\n${err}`)
    assert.notEqual(out, '0.1.0\n', `${line} was taken for a question for the version`)
    changeId = /chg_\w+/.exec(out)?.[0] ?? changeId
  }
})

test('every command stands in the reference', () => {
  const pathsOf = (command: Command, path: string): string[] => {
    const below = command
      .createHelp()
      .visibleCommands(command)
      .filter((child) => child.name() !== 'help')
    return below.length === 0 ? [path] : below.flatMap((child) => pathsOf(child, `${path} ${child.name()}`))
  }
  for (const path of pathsOf(buildProgram(processIo, { code: 0, complaint: '', advice: [] }), 'zonectl'))
    assert.ok(reference.includes(path), path)
})
