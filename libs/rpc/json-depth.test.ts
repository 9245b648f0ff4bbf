/** How deep JSON goes, told from its octets. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { frame } from './frames.ts'
import { JSONDepth } from './json-depth.ts'

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

function isTaken(octets: Uint8Array, { isFramed = false, step = octets.length } = {}): boolean {
  const depth = new JSONDepth(isFramed)
  try {
    for (let at = 0; at < octets.length; at += step) depth.push(octets.subarray(at, at + step))
    return true
  } catch {
    return false
  }
}

for (const { name, text, taken } of [
  { name: '64 levels', text: nested(64), taken: true },
  { name: '65 levels', text: nested(65), taken: false },
  { name: 'many lists beside each other', text: `[${'[],'.repeat(1000)}[]]`, taken: true },
  { name: 'objects and lists in each other', text: '{"a":['.repeat(40), taken: false },
  { name: 'brackets in strings', text: `{"a":"${'['.repeat(1000)}"}`, taken: true },
  { name: 'brackets behind an escaped quote', text: `{"a":"\\"${'['.repeat(1000)}"}`, taken: true },
  { name: 'brackets behind a string that ends in a backslash', text: `["\\\\",${'['.repeat(1000)}`, taken: false },
]) {
  test(`${name}: ${taken ? 'taken' : 'refused'}`, () => assert.equal(isTaken(Buffer.from(text)), taken))
  test(`${name}, octet by octet, behind another message`, () => {
    const octets = Buffer.concat([frame(Buffer.from('{}')), frame(Buffer.alloc(0)), frame(Buffer.from(text))])
    assert.equal(isTaken(octets, { isFramed: true, step: 1 }), taken)
    assert.equal(isTaken(octets, { isFramed: true }), taken)
  })
}
