import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { test, vi } from 'vitest'
import { buildProgram } from './commands/program.ts'
import { processIo } from './io.ts'
import { testSystem } from './test-system.ts'

vi.setConfig({ testTimeout: 600_000 })

const workspace = fileURLToPath(new URL('../..', import.meta.url))
const reference = readFileSync(join(workspace, 'docs/reference/zonectl.md'), 'utf8')
const { folder, data, file } = testSystem()

const blocks = (language: string) =>
  [...reference.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text)

/** As a reader would type it, with the file, the folder and the change of this run. */
function run(line: string, changeId: string): Promise<{ code: number; out: string; err: string }> {
  const command = line
    .replace('npx zonectl', '"$NODE" apps/zonectl/main.ts')
    .replace(/\b((move|buoy)\.yaml|harbour\.backup)/, join(folder, '$1'))
  const env = { ...process.env, NODE: process.execPath, ZONECAST_DATA: data }
  return new Promise((resolve) => {
    execFile('sh', ['-c', command.replace(/chg_\w+/, changeId)], { cwd: workspace, env }, (error, out, err) =>
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
