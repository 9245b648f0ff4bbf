import assert from 'node:assert/strict'
import { test } from 'vitest'
import { commonOptionsLast } from './common-first.ts'

for (const { given, told } of [
  { given: 'zone list', told: 'zone list' },
  { given: '--server https://a zone list', told: 'zone list --server https://a' },
  { given: '--server=https://a -o json zone list --all', told: 'zone list --all --server=https://a -o json' },
  { given: '-ojson -q zone list', told: 'zone list -ojson -q' },
  { given: '--data d record set z n TXT -- -x', told: 'record set z n TXT --data d -- -x' },
  { given: '--version', told: '--version' },
  { given: '--server', told: '--server' },
  { given: '--nonsense zone list', told: '--nonsense zone list' },
])
  test(`zonectl ${given}`, () => assert.equal(commonOptionsLast(given.split(' ')).join(' '), told))
