/** Keys as configurations have them, and names that none can have. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { CliError } from '../failure.ts'
import { keyConfig } from './tsig-config.ts'

const key = { name: 'k_1.example.', algorithm: 'hmac-sha512', secret: 'c2VjcmV0IQ==' }

for (const { form, text } of [
  { form: 'bind', text: 'key "k_1.example" {\n\talgorithm hmac-sha512;\n\tsecret "c2VjcmV0IQ==";\n};\n' },
  { form: 'knot', text: 'key:\n  - id: "k_1.example"\n    algorithm: hmac-sha512\n    secret: "c2VjcmV0IQ=="\n' },
  { form: 'nsd', text: 'key:\n\tname: "k_1.example"\n\talgorithm: hmac-sha512\n\tsecret: "c2VjcmV0IQ=="\n' },
  { form: 'dig', text: 'hmac-sha512:k_1.example:c2VjcmV0IQ==\n' },
] as const)
  test(`a key as ${form} reads it`, () => assert.equal(keyConfig(form, key), text))

for (const name of ['a\\"b.example.', 'a\\;b.', '*.example.', 'a\\032b.', '.'])
  test(`${name} is written into no configuration, where it would be read in another way`, () => {
    for (const form of ['bind', 'knot', 'nsd', 'dig'] as const)
      assert.throws(
        () => keyConfig(form, { ...key, name }),
        (error) => error instanceof CliError && error.exitCode === 64 && !error.message.includes(key.secret),
      )
  })
