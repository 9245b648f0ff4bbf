/** A system that the tests of one file share, and commands on its data folder. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll } from 'vitest'
import { type Ran, type StartedUp, startUp, temporaryFolder, zonectl } from './test-io.ts'

/** The zone file of `harbour.example`, 51 records. */
export const example = fileURLToPath(new URL('example/harbour.example.zone', import.meta.url))

/** Three RRsets as a file has them. */
export const small = '$TTL 300\n@ SOA ns1 hostmaster 5 7200 3600 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n'

export interface TestSystem {
  /** A folder for files, with the data folder in it. */
  readonly folder: string
  readonly data: string
  /** What was started; not before the tests run. */
  started(): StartedUp
  run(words: readonly string[], more?: { readonly input?: string }): Promise<Ran>
  /** Runs a command that has to work, and reads what it prints. */
  json<Value>(...words: string[]): Promise<Value>
  /** Writes a file, and gives its path. */
  file(name: string, text: string): string
}

/** Starts before the tests of the file that calls it, and ends after them. */
export function testSystem(): TestSystem {
  const { path: folder, remove } = temporaryFolder()
  const data = join(folder, 'data')
  let system: StartedUp | undefined
  beforeAll(async () => {
    system = await startUp(data)
  })
  afterAll(async () => {
    await system?.kill('SIGTERM')
    remove()
  })
  const run: TestSystem['run'] = (words, more) => zonectl([...words, '--data', data], more)
  return {
    folder,
    data,
    run,
    started: () => system as StartedUp,
    async json<Value>(...words: string[]) {
      const { code, out, err } = await run([...words, '-o', 'json'])
      assert.equal(code, 0, err)
      return JSON.parse(out) as Value
    },
    file(name, text) {
      const path = join(folder, name)
      writeFileSync(path, text)
      return path
    },
  }
}
