/** The Dockerfile and the image that buildah makes start the same program in the same way. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { programEnvironment } from '@zonecast/runtime'
import { test } from 'vitest'
import { entrypoint } from './build.ts'
import { user } from './root.ts'

const dockerfile = readFileSync(new URL('Dockerfile', import.meta.url), 'utf8').split('\n')

test('the Dockerfile says what the image of buildah says', () => {
  const variables = Object.entries(programEnvironment).map(([name, value]) => `ENV ${name}=${value}`)
  for (const line of [...variables, `USER ${user}:${user}`, `ENTRYPOINT ${JSON.stringify(entrypoint)}`])
    assert.ok(dockerfile.includes(line), line)
})
