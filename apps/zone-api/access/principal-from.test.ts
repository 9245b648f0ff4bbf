/** What a principal is let do for what it owns. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import type { PrincipalKind } from '../database/access/access-port.ts'
import { principalFrom } from './principal-from.ts'

const owned = ['example.com.']
const bare = {
  name: 'p',
  display: '',
  disabled: false,
  edgeId: '',
  placements: [],
  createdAtMs: 0,
  createdBy: '',
  isBootstrap: false,
}

for (const [kind, owns] of [
  ['person', true],
  ['service', true],
  ['edge', false],
  ['publisher', false],
  ['transfer-agent', false],
] as [PrincipalKind, boolean][])
  test(`a zone that a principal of the kind ${kind} owns ${owns ? 'is its own to change' : 'gives it nothing'}`, () => {
    const { permissions } = principalFrom({ principal: { ...bare, kind }, grants: [], owned })
    assert.equal(permissions.has('record.write'), owns)
  })
