/** What label selectors select. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { type LabelSelector, selects, selectorSchema } from './selector.ts'

const labels = { app: 'edge', tier: 'front' }
const expression = (key: string, operator: string, ...values: string[]): LabelSelector =>
  selectorSchema.parse({ matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }] })

for (const { name, selector, selected } of [
  { name: 'an empty one selects all', selector: {}, selected: true },
  { name: 'a label that is there', selector: { matchLabels: { app: 'edge' } }, selected: true },
  { name: 'a label of another value', selector: { matchLabels: { app: 'api' } }, selected: false },
  { name: 'all of its labels have to be there', selector: { matchLabels: { app: 'edge', zone: 'a' } }, selected: false },
  { name: 'In', selector: expression('app', 'In', 'api', 'edge'), selected: true },
  { name: 'In without the value', selector: expression('app', 'In', 'api'), selected: false },
  { name: 'In without the label', selector: expression('zone', 'In', 'a'), selected: false },
  { name: 'NotIn', selector: expression('app', 'NotIn', 'api'), selected: true },
  { name: 'NotIn with the value', selector: expression('app', 'NotIn', 'edge'), selected: false },
  { name: 'NotIn holds without the label', selector: expression('zone', 'NotIn', 'a'), selected: true },
  { name: 'Exists', selector: expression('app', 'Exists'), selected: true },
  { name: 'Exists without the label', selector: expression('zone', 'Exists'), selected: false },
  { name: 'DoesNotExist', selector: expression('zone', 'DoesNotExist'), selected: true },
  { name: 'DoesNotExist with the label', selector: expression('app', 'DoesNotExist'), selected: false },
  { name: 'a name that every object has is no label', selector: expression('constructor', 'Exists'), selected: false },
  {
    name: 'labels and expressions have to hold together',
    selector: { matchLabels: { app: 'edge' }, ...expression('tier', 'NotIn', 'front') },
    selected: false,
  },
])
  test(`selects: ${name}`, () => assert.equal(selects(selector, labels), selected))

for (const { name, selector } of [
  { name: 'an unknown operator', selector: { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] } },
  { name: 'In without values', selector: { matchExpressions: [{ key: 'a', operator: 'In', values: [] }] } },
  { name: 'Exists with values', selector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] } },
  { name: 'a field of another name', selector: { matchLabel: { a: 'b' } } },
])
  test(`a selector is refused: ${name}`, () => assert.equal(selectorSchema.safeParse(selector).success, false))

const arbWord = fc.constantFrom('a', 'b', 'c')
const arbLabels = fc.dictionary(arbWord, arbWord)

test('NotIn is the opposite of In, and DoesNotExist of Exists, whatever the labels', () =>
  fc.assert(
    fc.property(arbLabels, arbWord, fc.array(arbWord, { minLength: 1 }), (of, key, values) => {
      assert.notEqual(selects(expression(key, 'In', ...values), of), selects(expression(key, 'NotIn', ...values), of))
      assert.notEqual(selects(expression(key, 'Exists'), of), selects(expression(key, 'DoesNotExist'), of))
    }),
  ))

test('a label is the same as an In with one value', () =>
  fc.assert(
    fc.property(arbLabels, arbWord, arbWord, (of, key, value) =>
      assert.equal(selects({ matchLabels: { [key]: value } }, of), selects(expression(key, 'In', value), of)),
    ),
  ))
