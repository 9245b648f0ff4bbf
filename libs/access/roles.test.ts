/** The page for operators says what the roles say. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'vitest'
import { PERMISSIONS, type Role, ROLE_PERMISSIONS } from './roles.ts'

const page = readFileSync(new URL('../../docs/operating/access.md', import.meta.url), 'utf8')

test('docs/operating/access.md has every permission of every role', () => {
  const [, head = '', body = ''] = /^\| Permission \|(.*)\|\n\| --- .*\n((?:\|.*\n)+)/m.exec(page) ?? []
  const roles = head.split('|').map((cell) => cell.trim()) as Role[]
  assert.deepEqual(roles, Object.keys(ROLE_PERMISSIONS))
  const rows = body
    .trim()
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  const wanted = PERMISSIONS.map((permission) => [
    `\`${permission}\``,
    ...roles.map((role) => (ROLE_PERMISSIONS[role].has(permission) ? '✓' : '')),
  ])
  assert.deepEqual(rows, wanted)
})
