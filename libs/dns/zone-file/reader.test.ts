/** Zone files with what they include. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { parseName } from '../name.ts'
import { formatRR } from '../rr.ts'
import { resolveInclude } from './include.ts'
import { type ReadOptions, readZoneFile, type ZoneText } from './reader.ts'

async function read(chunks: ZoneText, options: Partial<ReadOptions> = {}): Promise<string[]> {
  const lines: string[] = []
  for await (const item of readZoneFile(chunks, { origin: parseName('e.'), ...options })) {
    if (item.kind === 'rr') lines.push(formatRR(item.rr))
    else if (item.kind === 'include') lines.push(`include ${item.path}`)
    else lines.push(`${item.error.file}:${item.error.line} ${item.error.rule}`)
  }
  return lines
}

/** Opens files of a folder that exists only here. */
function folder(files: Record<string, string>): Partial<ReadOptions> {
  return {
    fileName: '/z/main',
    openInclude: ({ path }, current) => {
      const found = resolveInclude('/z', current!, path)
      if ('refused' in found) return found.refused
      const text = files[found.path]
      return text === undefined ? `there is no ${found.path}` : { chunks: [text], fileName: found.path }
    },
  }
}

test('text comes as strings, as octets, and from async sources', async () => {
  async function* source() {
    yield 'ä 1 TX'
    yield Buffer.from('T "ä')
    yield '€😀"\n'
  }
  assert.deepEqual(await read(source()), ['\\195\\164.e. 1 IN TXT "\\195\\164\\226\\130\\172\\240\\159\\152\\128"'])
})

test('included files stand where $INCLUDE stands, and change nothing of the file around them', async () => {
  const main = '$TTL 5\na A 192.0.2.1\n$INCLUDE sub/x y\n A 192.0.2.4\nc A 192.0.2.5\n'
  const files = { '/z/sub/x': 'b A 192.0.2.2\n$INCLUDE z\n$ORIGIN net.\n$TTL 6\nb A 192.0.2.3\n', '/z/sub/z': '@ TXT z' }
  assert.deepEqual(await read([main], folder(files)), [
    'a.e. 5 IN A 192.0.2.1',
    'b.y.e. 5 IN A 192.0.2.2',
    'y.e. 5 IN TXT "z"',
    'b.net. 6 IN A 192.0.2.3',
    'a.e. 5 IN A 192.0.2.4',
    'c.e. 5 IN A 192.0.2.5',
  ])
})

test('errors name the file they are in', async () => {
  const lines = await read(['$INCLUDE a\n$INCLUDE ../b\n$INCLUDE c\n'], folder({ '/z/a': '\nx 1 A y\n' }))
  assert.match(lines[0]!, /^\/z\/a:2 .*IPv4/)
  assert.match(lines[1]!, /^\/z\/main:2 .*leaves \/z/)
  assert.match(lines[2]!, /^\/z\/main:3 there is no \/z\/c/)
})

test('a file that includes itself ends', async () => {
  const lines = await read(['$INCLUDE a\n'], folder({ '/z/a': 'x 1 A 192.0.2.1\n$INCLUDE a\n' }))
  assert.equal(lines.length, 11)
  assert.match(lines[10]!, /^\/z\/a:2 .*10 deep/)
})

test('files that include themselves twice end too', async () => {
  const lines = await read(['$INCLUDE a\n'], folder({ '/z/a': '$INCLUDE a\n$INCLUDE a\n' }))
  assert.ok(lines.some((line) => line.includes('1000 files')))
  assert.ok(lines.length < 3000)
})

test('without openInclude, $INCLUDE is the caller’s', async () => {
  assert.deepEqual(await read(['$INCLUDE a\nx 1 A 192.0.2.1']), ['include a', 'x.e. 1 IN A 192.0.2.1'])
})
