/** The page of benchmarks is the one that its results make. */
import { strict as assert } from 'node:assert'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'vitest'
import { renderPage } from '../bench/page.ts'

const docs = new URL('../docs/', import.meta.url)

test('docs/benchmarks.md and its plots are current with bench/results: `npm run bench -- page` writes them', async () => {
  const files = await renderPage()
  for (const [path, content] of files) {
    const file = new URL(path, docs)
    assert.ok(existsSync(file), `docs/${path} is missing`)
    assert.equal(readFileSync(file, 'utf8'), content, `docs/${path} is not what the results say`)
  }
  const plots = new URL('benchmarks/', docs)
  const there = existsSync(plots) ? readdirSync(plots).map((name) => `benchmarks/${name}`) : []
  assert.deepEqual(there.toSorted(), [...files.keys()].filter((path) => path.endsWith('.svg')).toSorted())
})
