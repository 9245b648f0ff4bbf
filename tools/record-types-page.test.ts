/** The page of record types is what the tables say. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { formatRDATA, parseName, parseRDATAText, rdataType, TYPE, typeNotes } from '@zonecast/dns'
import { test } from 'vitest'
import { recordTypesPage } from './record-types-page.ts'

test('docs/reference/record-types.md is current; node tools/record-types-page.ts writes it', () => {
  assert.equal(readFileSync(new URL('../docs/reference/record-types.md', import.meta.url), 'utf8'), recordTypesPage())
})

test('each type with a text form has an example, as we write it', () => {
  for (const [mnemonic, { example }] of Object.entries(typeNotes)) {
    const type = TYPE[mnemonic as keyof typeof TYPE]
    assert.equal(example !== undefined, rdataType(type) !== undefined, mnemonic)
    if (example === undefined) continue
    assert.equal(formatRDATA(type, parseRDATAText(type, example, parseName('example.com.'))), example)
  }
})

test('each source is an RFC or another document by name', () => {
  for (const [mnemonic, { source }] of Object.entries(typeNotes))
    assert.match(source, /^(?:RFC \d+(?: §[\d.]+)?(?:, |$))+$|^(?:draft-|af-|IANA)/, mnemonic)
})
