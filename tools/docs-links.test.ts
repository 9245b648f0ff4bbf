/** What the documents point to is there: links, their anchors, and files that are named. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'vitest'

const workspace = fileURLToPath(new URL('..', import.meta.url))
const pages = globSync('**/*.md', { cwd: workspace, exclude: ['**/node_modules', 'vendor'] }).toSorted()
const read = (page: string) => readFileSync(join(workspace, page), 'utf8')
const withoutBlocks = (text: string) => text.replaceAll(/^```[^]*?^```$/gm, '')

/** Anchors as a forge makes them of headings. */
function anchorsOf(page: string): Set<string> {
  const headings = withoutBlocks(read(page)).matchAll(/^#+ (.*)$/gm)
  return new Set(
    [...headings].map(([, text = '']) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

for (const page of pages)
  test(`${page}: links lead somewhere`, () => {
    for (const [link, target = ''] of withoutBlocks(read(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : normalize(join(dirname(page), path))
      assert.ok(existsSync(join(workspace, file)), `${link}: there is no ${file}`)
      if (anchor !== undefined) assert.ok(anchorsOf(file).has(anchor), `${link}: ${file} has no such heading`)
    }
  })

/** History tells of files that are gone. */
const ofThePast = (page: string) => page === 'CHANGELOG.md' || page.startsWith('docs/decisions/')
const rooms = /^(?:apps|libs|docs|conformance|tools|proto|bench|deploy)\/[\w./-]*\w\/?$/

/** Decisions may be named by their number. */
const isThere = (name: string) => existsSync(join(workspace, name)) || globSync(`${name}-*.md`, { cwd: workspace }).length > 0

for (const page of pages.filter((each) => !ofThePast(each)))
  test(`${page}: the files it names are there`, () => {
    for (const [, name = ''] of withoutBlocks(read(page)).matchAll(/`([^`\s]+)`/g)) {
      if (rooms.test(name) && !name.includes('NNNN')) assert.ok(isThere(name), `there is no ${name}`)
    }
  })
