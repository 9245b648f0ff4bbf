/** Compiles libs/runtime/hash-lanes/lanes.as into the module beside it: `node tools/hash-lanes.ts`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { main } from 'assemblyscript/asc'

const folder = new URL('../libs/runtime/hash-lanes/', import.meta.url)
const entry = 'lanes.ts'
const lineOctets = 96
const options = '--enable simd --runtime stub --noAssert --use abort= -O3 --outFile lanes.wasm'.split(' ')

/** The text of `generated/lanes.ts`. */
export async function hashLanesModule(): Promise<string> {
  const source = readFileSync(new URL('lanes.as', folder), 'utf8')
  let compiled: Uint8Array | undefined
  const { error, stderr } = await main([entry, ...options], {
    readFile: (name) => (name === entry ? source : null),
    writeFile: (_, contents) => {
      compiled = contents as Uint8Array
    },
    listFiles: () => [],
  })
  if (error || compiled === undefined) throw new Error(`lanes.as does not compile:\n${stderr.toString()}`)
  const lines =
    Buffer.from(compiled)
      .toString('base64')
      .match(new RegExp(`.{1,${lineOctets}}`, 'g')) ?? []
  const text = lines.map((line) => `  '${line}',`).join('\n')
  return `/** What lanes.as compiles to, in base64. Written by tools/hash-lanes.ts. */\nexport const lanes = [\n${text}\n].join('')\n`
}

if (import.meta.main) writeFileSync(new URL('generated/lanes.ts', folder), await hashLanesModule())
