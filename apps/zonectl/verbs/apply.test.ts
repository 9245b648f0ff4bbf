/** Files with change sets, as `apply` reads them. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { readChangeSet } from './apply.ts'

const changes = '[{ delete: { name: www } }]'

for (const { name, text } of [
  { name: 'in the only set', text: `{ zone: a., precondition: { version: 0 }, changes: ${changes} }` },
  { name: 'as text', text: `{ zone: a., precondition: { version: "0" }, changes: ${changes} }` },
  { name: 'in one of several', text: `{ sets: [{ zone: a., precondition: { version: 0 }, changes: ${changes} }] }` },
])
  test(`a precondition of version 0 is refused ${name}: it would ask for nothing`, () => {
    assert.throws(() => readChangeSet('move.yaml', text), /precondition\.version is 0; versions begin at 1/)
  })

test('a precondition with a version is kept, and none is none', () => {
  const withVersion = readChangeSet('move.yaml', `{ zone: a., precondition: { version: 7 }, changes: ${changes} }`)
  assert.equal('sets' in withVersion ? undefined : withVersion.precondition?.version, 7n)
  const without = readChangeSet('move.yaml', `{ zone: a., changes: ${changes} }`)
  assert.equal('sets' in without ? undefined : without.precondition, undefined)
})
