/** The page of errors names every reason of the schema, and no other. */
import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { test } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

test('docs/reference/errors.md explains every reason with an example', () => {
  const inSchema = [...read('proto/zonecast/error/v1/reason.proto').matchAll(/^ {2}REASON_(\w+) = [1-9]/gm)].map(
    ([, name]) => name,
  )
  const [, table = ''] = /## Reasons\n([\s\S]*?)\n## /.exec(read('docs/reference/errors.md')) ?? []
  const rows = [...table.matchAll(/^\| `(\w+)` \| (.+) \| (.+) \|$/gm)]
  assert.deepEqual(rows.map(([, name]) => name).toSorted(), inSchema.toSorted())
  for (const [, name, , example = ''] of rows) assert.ok(example.length > 10, `${name} has no example`)
})

test('every RFC that a document cites is written as RFC and section signs', () => {
  for (const path of ['docs/reference/errors.md', 'docs/architecture.md']) {
    assert.doesNotMatch(read(path), /RFC\d|RFC \d+ section/, path)
  }
})
