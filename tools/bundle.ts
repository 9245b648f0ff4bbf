/** Bundles one app into `dist/`: `main.mjs` and its worker threads, which start in an empty folder. */
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

const [project, outdir = join(project ?? '', 'dist')] = process.argv.slice(2)
if (!project) throw new Error('usage: node tools/bundle.ts PROJECT_FOLDER [OUTPUT_FOLDER]')

/** A thread is named in the source by its file: `new Worker(new URL('./worker.ts', import.meta.url)`. */
const threadPattern = /new URL\('(\.\/[^']+)\.ts', import\.meta\.url\)/g

/** The files of the threads that what was bundled so far starts. */
const threadFiles = new Set<string>()

/** In the bundle a thread's file stands beside `main.mjs`. */
const threads: Plugin = {
  name: 'threads',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      for (const [, thread] of source.matchAll(threadPattern)) threadFiles.add(join(dirname(path), `${thread}.ts`))
      const contents = source.replaceAll(
        threadPattern,
        (_, name: string) => `new URL('./${basename(name)}.mjs', import.meta.url)`,
      )
      return contents === source ? undefined : { contents, loader: 'ts' }
    }),
}

/** A module that is read from a file beside the source is part of the bundle. */
const wasmPattern = /readFileSync\(new URL\('([^']+\.wasm)', import\.meta\.url\)\)/g
const wasm: Plugin = {
  name: 'wasm',
  setup: ({ onLoad }) =>
    onLoad({ filter: /wasm.*\.js$/ }, ({ path }) => {
      const octets = (file: string) => readFileSync(resolve(dirname(path), file)).toString('base64')
      const contents = readFileSync(path, 'utf8').replaceAll(
        wasmPattern,
        (_, file: string) => `Buffer.from('${octets(file)}', 'base64')`,
      )
      return { contents, loader: 'js' }
    }),
}

// CommonJS dependencies (fastify, pino) call require(): give them one.
const banner = [
  "import { createRequire as bundleRequire } from 'node:module'",
  'const require = bundleRequire(import.meta.url)',
  'const __filename = import.meta.filename, __dirname = import.meta.dirname',
].join('\n')
const bundle = (files: readonly string[]) =>
  build({
    entryPoints: files.map((path) => ({ in: path, out: basename(path, '.ts') })),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    sourcemap: true,
    metafile: true,
    legalComments: 'linked',
    // Without `import`: esbuild adds it for what is imported, and what is required must not get it.
    conditions: ['module'],
    mainFields: ['module', 'main'],
    external: ['lmdb'], // carries a native part; the image brings it along
    banner: { js: banner },
    plugins: [threads, wasm],
  })

// A thread may start another, and a library one of its own: bundled until no new one shows.
let result: Awaited<ReturnType<typeof bundle>>
let known: number
do {
  known = threadFiles.size
  result = await bundle([`${project}/main.ts`, ...threadFiles])
} while (threadFiles.size > known)

/** Folders of the packages that something of is in the bundle, for the image's bill of materials. */
const inputs = Object.values(result.metafile.outputs).flatMap((output) =>
  Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
)
const packages = inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [])
writeFileSync(join(outdir, 'packages.json'), `${JSON.stringify([...new Set(packages)].toSorted(), undefined, 2)}\n`)

const kib = Object.entries(result.metafile.outputs)
  .filter(([path]) => path.endsWith('.mjs'))
  .map(([path, { bytes }]) => `${basename(path)} ${bytes >> 10} KiB`)
console.log(`${outdir}: ${kib.join(', ')}`)
