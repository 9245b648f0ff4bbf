/** A version whose pages are loaded while it is read. */
import assert from 'node:assert/strict'
import { parseName, parseRDATAText, TYPE } from '@zonecast/dns'
import { test } from 'vitest'
import { planChanges } from './change-set.ts'
import { lookup } from './lookup/lookup.ts'
import { PageCache, withPages } from './page-cache.ts'
import { walkPages } from './reader.ts'
import { parseRRs, viewOf } from './test-zone.ts'

const hosts = Array.from({ length: 200 }, (_, i) => `h${i} A 192.0.2.${i}`).join('\n')
const whole = viewOf(parseRRs(`@ SOA ns h 1 1 1 1 60\n@ NS ns\nns A 192.0.2.1\nalias CNAME h7\n${hosts}`, 'example.'), 200)
const pages = new Map(Array.from(walkPages(whole.pages), ({ key, content }) => [Buffer.from(key).toString('hex'), content]))
const keys = Array.from(pages.keys(), (hex) => Uint8Array.from(Buffer.from(hex, 'hex')))
const question = { name: parseName('alias.example.'), type: TYPE.A }
const put = {
  kind: 'put' as const,
  owner: parseName('h9.example.'),
  type: TYPE.CNAME,
  rdatas: [parseRDATAText(TYPE.CNAME, 'alias.example.')],
  field: 'changes[0].put',
}
const options = { defaultTtl: 60, rrsetCount: 204 }

test('a view over pages that are loaded on demand answers and plans as one that has them all', async () => {
  const cache = new PageCache(keys)
  let loads = 0
  const load = async (key: Uint8Array): Promise<Uint8Array> => {
    loads++
    return pages.get(Buffer.from(key).toString('hex'))!
  }
  const view = { ...whole, pages: cache }
  const changes = [{ ...put, kind: 'delete' as const, type: TYPE.A }, put]
  assert.deepEqual(await withPages(load, cache, () => lookup(view, question)), lookup(whole, question))
  assert.deepEqual(await withPages(load, cache, () => planChanges(view, changes, options)), planChanges(whole, changes, options))
  assert.ok(loads > 2 && loads < 10, `${loads} of ${keys.length} pages were loaded`)
})
