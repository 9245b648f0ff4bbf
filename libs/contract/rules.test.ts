/** Rules of the schema are told in words: whoever breaks one reads no regular expression. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { type DescFile, type DescMessage, getOption, toJsonString } from '@bufbuild/protobuf'
import { field as fieldRules, FieldRulesSchema } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js'
import { test } from 'vitest'

const generated = new URL('generated/', import.meta.url)
const modules = readdirSync(generated, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('_pb.ts'))

test('no field has a pattern: a CEL rule says the same with a message', async () => {
  const patterns: string[] = []
  let rules = 0
  for (const path of modules) {
    const exported = Object.entries((await import(new URL(path, generated).href)) as Record<string, DescFile>)
    const file = exported.find(([name]) => name.startsWith('file_'))![1]
    for (const message of messagesOf(file.messages)) {
      for (const field of message.fields) {
        const text = toJsonString(FieldRulesSchema, getOption(field, fieldRules))
        rules += Number(text !== '{}')
        if (text.includes('"pattern"')) patterns.push(field.toString())
      }
    }
  }
  assert.ok(rules > 50, `${rules} rules`)
  assert.deepEqual(patterns, [])
})

function* messagesOf(messages: readonly DescMessage[]): Generator<DescMessage> {
  for (const message of messages) {
    yield message
    yield* messagesOf(message.nestedMessages)
  }
}
