/** Bills of materials: the same for the same components, with every licence as its origin names it. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { billOfMaterials, licenceList } from './bill-of-materials.ts'
import type { Component } from './components.ts'

const component = (name: string, license: string, parts: Component['parts'] = []): Component => ({
  name,
  version: '1.2.3',
  license,
  purl: `pkg:npm/${name}@1.2.3`,
  text: `Copyright of ${name}`,
  parts,
})
const described = {
  name: 'zone-api',
  version: '0.1.0',
  components: [
    component('plain', 'MIT'),
    component('both', '(Apache-2.0 AND BSD-3-Clause)'),
    component('with-exception', 'GPL-3.0-or-later WITH GCC-exception-3.1'),
    component('in-words', 'as its author says'),
    component('whole', 'MIT', [{ name: 'openssl', version: '3.5.4' }]),
  ],
}

test('the document is the same each time, and in order', () => {
  const backwards = { ...described, components: described.components.toReversed() }
  assert.equal(billOfMaterials(described), billOfMaterials(described))
  assert.equal(billOfMaterials(backwards), billOfMaterials(described))
})

test('licences are identifiers, expressions or words', () => {
  const { components } = JSON.parse(billOfMaterials(described)) as { components: { name: string; licenses: unknown }[] }
  assert.deepEqual(Object.fromEntries(components.map(({ name, licenses }) => [name, licenses])), {
    plain: [{ license: { id: 'MIT' } }],
    both: [{ expression: '(Apache-2.0 AND BSD-3-Clause)' }],
    'with-exception': [{ expression: 'GPL-3.0-or-later WITH GCC-exception-3.1' }],
    'in-words': [{ license: { name: 'as its author says' } }],
    whole: [{ license: { id: 'MIT' } }],
  })
})

test('what a component was built with is inside it', () => {
  const { components } = JSON.parse(billOfMaterials(described)) as { components: { name: string; components?: object[] }[] }
  const parts = components.find(({ name }) => name === 'whole')?.components
  assert.deepEqual(parts, [{ type: 'library', name: 'openssl', version: '3.5.4', 'bom-ref': 'pkg:npm/whole@1.2.3#openssl' }])
})

test('the list for people has a line and the text of each', () => {
  const list = licenceList(described)
  for (const { name, license } of described.components) {
    assert.ok(list.includes(`${name} 1.2.3: ${license}\n`), name)
    assert.ok(list.includes(`Copyright of ${name}\n`), name)
  }
})
