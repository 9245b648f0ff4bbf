/** Types by mnemonic and number. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { isMetaType, TYPE, typeFromText, typeToText } from './types.ts'

for (const { text, type, written } of [
  { text: 'A', type: 1 },
  { text: 'aaaa', type: 28, written: 'AAAA' },
  { text: 'TYPE1', type: 1, written: 'A' },
  { text: 'type65280', type: 65280, written: 'TYPE65280' },
  { text: 'TYPE65535', type: 65535 },
  { text: 'NSAP-PTR', type: 23 },
  { text: 'ANY', type: 255 },
]) {
  test(`${text} is type ${type}`, () => {
    assert.equal(typeFromText(text), type)
    assert.equal(typeToText(type), written ?? text)
  })
}

for (const text of ['', 'TYPE', 'TYPE65536', 'TYPE-1', 'TYPE1x', 'toString', 'IN', ' A']) {
  test(`"${text}" is no type`, () => assert.equal(typeFromText(text), undefined))
}

test('types that are never stored', () => {
  for (const type of [0, TYPE.OPT, 128, TYPE.TKEY, TYPE.TSIG, TYPE.IXFR, TYPE.AXFR, TYPE.MAILB, TYPE.ANY])
    assert.ok(isMetaType(type))
  for (const type of [TYPE.A, TYPE.SOA, 127, TYPE.URI, 65280]) assert.ok(!isMetaType(type))
})
