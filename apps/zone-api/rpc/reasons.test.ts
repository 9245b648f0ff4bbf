/** Reasons, their enum and their reference are one list. */
import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { ReasonSchema, WarningReasonSchema } from '@zonecast/contract/generated/zonecast/error/v1/reason_pb'
import { test } from 'vitest'

const reference = readFileSync(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8')
const [, refusals = '', warnings = ''] = /\n## Reasons\n([^]*)\n## Warnings\n([^]*)/.exec(reference) ?? []
const listed = (text: string) => [...text.matchAll(/^\| `([A-Z0-9_]+)` +\|/gm)].map(([, reason]) => reason).toSorted()

for (const { name, schema, prefix, text } of [
  { name: 'refusals', schema: ReasonSchema, prefix: 'REASON_', text: refusals },
  { name: 'warnings', schema: WarningReasonSchema, prefix: 'WARNING_REASON_', text: warnings },
])
  test(`the reference has a line with an example for each of the ${name}`, () => {
    const values = schema.values.filter(({ number }) => number !== 0).map((value) => value.name.slice(prefix.length))
    assert.deepEqual(listed(text), values.toSorted())
  })
