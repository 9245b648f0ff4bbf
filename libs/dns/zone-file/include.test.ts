/** Where `$INCLUDE` may lead. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { resolveInclude } from './include.ts'

for (const { path, current, result } of [
  { path: 'hosts.db', current: '/zones/a/b.db', result: '/zones/a/hosts.db' },
  { path: './x//hosts.db', current: '/zones/a/b.db', result: '/zones/a/x/hosts.db' },
  { path: '../hosts.db', current: '/zones/a/b.db', result: '/zones/hosts.db' },
  { path: '..hosts..db', current: '/zones/b.db', result: '/zones/..hosts..db' },
]) {
  test(`$INCLUDE ${path} in ${current} is ${result}`, () => {
    assert.deepEqual(resolveInclude('/zones', current, path), { path: result })
    assert.deepEqual(resolveInclude('/zones/', current, path), { path: result })
  })
}

for (const { name, path, current, why } of [
  { name: 'an absolute path', path: '/etc/passwd', current: '/zones/b.db', why: /relative/ },
  { name: 'a drive', path: 'C:x', current: '/zones/b.db', why: /relative/ },
  { name: 'a way out', path: '../x', current: '/zones/b.db', why: /leaves \/zones/ },
  { name: 'a way out and in again', path: '../zones/x', current: '/zones/b.db', why: /leaves/ },
  { name: 'a way out through a folder', path: 'a/../../x', current: '/zones/b.db', why: /leaves/ },
  { name: 'a backslash', path: '..\\x', current: '/zones/b.db', why: /backslash/ },
  { name: 'NUL', path: 'x\0.db', current: '/zones/b.db', why: /NUL/ },
  { name: 'an empty path', path: '', current: '/zones/b.db', why: /empty/ },
  { name: 'the root folder', path: '.', current: '/zones/b.db', why: /folder/ },
  { name: 'a folder', path: 'a/', current: '/zones/b.db', why: /folder/ },
  { name: 'a folder above', path: 'a/..', current: '/zones/b/b.db', why: /folder/ },
  { name: 'anything in a file elsewhere', path: 'x', current: '/zones2/b.db', why: /not in \/zones/ },
]) {
  test(`$INCLUDE refuses ${name}`, () => {
    const answer = resolveInclude('/zones', current, path)
    assert.match('refused' in answer ? answer.refused : answer.path, why)
  })
}
