/** Bundles one app into `dist/main.mjs`, a file that starts in an empty folder. */
import { build } from 'esbuild'

const project = process.argv[2]
if (!project) throw new Error('usage: node tools/bundle.ts PROJECT_FOLDER')
// CommonJS dependencies (fastify, pino) call require(): give them one.
const banner = [
  "import { createRequire as bundleRequire } from 'node:module'",
  'const require = bundleRequire(import.meta.url)',
  'const __filename = import.meta.filename, __dirname = import.meta.dirname',
].join('\n')
const result = await build({
  entryPoints: [`${project}/main.ts`],
  outfile: `${project}/dist/main.mjs`,
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  sourcemap: true,
  metafile: true,
  legalComments: 'linked',
  conditions: ['module', 'import'],
  mainFields: ['module', 'main'],
  external: ['lmdb'], // carries a native part; the image brings it along
  banner: { js: banner },
})
const kib = Math.max(...Object.values(result.metafile.outputs).map((output) => output.bytes)) >> 10
console.log(`${project}/dist/main.mjs: ${kib} KiB`)
