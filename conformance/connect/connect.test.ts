/** The Connect conformance suite against our server factory and our client factory. */
import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { programFlags } from '@zonecast/runtime'
import { beforeAll, test } from 'vitest'
import { goProgram } from '../lib/programs.ts'
import { compileSchemas, schemasVariable } from './compile-schemas.ts'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const folder = here('../test-output/connect')
const schemas = `${folder}/schemas.binpb`

beforeAll(async () => {
  mkdirSync(folder, { recursive: true })
  await compileSchemas(schemas)
})

// The counts are those of suite 1.0.7 with the features named in the .yaml files: a run that silently leaves cases out fails.
for (const { mode, cases } of [
  { mode: 'server', cases: 5286 },
  { mode: 'client', cases: 857 },
]) {
  test(`${mode}: all ${cases} cases pass`, async () => {
    const { status, text } = await runSuite(mode)
    const [, total, passed, failed] = /^Total cases: (\d+)\n(\d+) passed, (\d+) failed$/m.exec(text) ?? []
    assert.deepEqual(
      { status, total, passed, failed },
      { status: 0, total: String(cases), passed: String(cases), failed: '0' },
      text,
    )
  })
}

async function runSuite(mode: string): Promise<{ status: number | null; text: string }> {
  const suite = goProgram('connectconformance')
  if (!existsSync(suite)) {
    throw new Error(
      `${suite} is missing: GOBIN=${goProgram('')} go install connectrpc.com/conformance/cmd/connectconformance@v1.0.7`,
    )
  }
  const command = [process.execPath, ...programFlags, here(`${mode}.ts`)]
  // Two servers at once, not four: a request may take half a second to reach its handler, and starting more uses that up on two cores.
  const child = spawn(suite, ['--mode', mode, '--conf', here(`${mode}.yaml`), '--max-servers', '2', '--', ...command], {
    // The suite starts our programs many times, and waits only seconds for each.
    env: { ...process.env, [schemasVariable]: schemas, NODE_COMPILE_CACHE: `${folder}/compiled` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => chunks.push(chunk))
  const status = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  return { status, text: Buffer.concat(chunks).toString() }
}
