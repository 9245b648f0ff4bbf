/** Assembles the root file system of an app's image: `node deploy/image/root.ts apps/APP FOLDER`, after `nx run APP:build`. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { billOfMaterials, licenceList } from './bill-of-materials.ts'
import { debianComponents, nodeComponent, npmComponent } from './components.ts'

/** Nobody else's, in no group of the host's (as in distroless images). */
export const user = 65_532

const workspace = fileURLToPath(new URL('../..', import.meta.url))
const node = join(workspace, 'node_modules/node/bin/node')

/** Node, the libraries that it and native parts load, the bundle, and nothing else: no shell, no package manager. */
export function assembleRoot(project: string, root: string): void {
  const bundle = join(workspace, project, 'dist')
  if (!existsSync(join(bundle, 'main.mjs'))) throw new Error(`${bundle} is empty: run nx run ${basename(project)}:build`)
  for (const folder of ['app', 'etc', 'tmp', 'var/lib/zonecast', 'usr/bin', 'proc', 'dev'])
    mkdirSync(join(root, folder), { recursive: true })
  const isShipped = (name: string) => /\.mjs$|\.LEGAL\.txt$/.test(name)
  for (const name of readdirSync(bundle).filter(isShipped)) cpSync(join(bundle, name), join(root, 'app', name))
  for (const name of ['LICENSE', 'NOTICE']) cpSync(join(workspace, name), join(root, 'app', name))
  cpSync(node, join(root, 'usr/bin/node'))
  const copied = usesLMDB(bundle) ? copyPackages(['lmdb'], join(root, 'app/node_modules')) : { folders: [], native: [] }
  const libraries = librariesOf([node, ...copied.native])
  for (const library of libraries) {
    mkdirSync(join(root, dirname(library)), { recursive: true })
    copyFileSync(library, join(root, library))
  }
  describe(project, join(root, 'app'), { folders: [...packagesIn(bundle), ...copied.folders], libraries })
  writeFileSync(join(root, 'etc/passwd'), `zonecast:x:${user}:${user}::/var/lib/zonecast:/nonexistent\n`)
  writeFileSync(join(root, 'etc/group'), `zonecast:x:${user}:\n`)
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n')
}

function usesLMDB(bundle: string): boolean {
  return readdirSync(bundle).some(
    (name) => name.endsWith('.mjs') && /from ?["']lmdb["']/.test(readFileSync(join(bundle, name), 'utf8')),
  )
}

interface Package {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

interface Copied {
  /** Of the packages. */
  readonly folders: readonly string[]
  /** Files that are native. */
  readonly native: readonly string[]
}

/** Copies packages with all that they need, of which optional parts may be missing. */
function copyPackages(names: readonly string[], into: string, from = workspace, done = new Set<string>()): Copied {
  const native = names.flatMap((name) => {
    const folder = folderOf(name, from)
    if (folder === undefined || done.has(folder)) return []
    done.add(folder)
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    const shipped = files.filter(
      (file) =>
        /(\.(c|m)?js|\.node|^package\.json|^LICENSE.*)$/.test(file) &&
        !/^(test|benchmark|node_modules|dependencies|src)\//.test(file),
    )
    for (const file of shipped) cpSync(join(folder, file), join(into, name, file))
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    ) as Package
    const ofThis = shipped.filter((file) => file.endsWith('.node')).map((file) => join(folder, file))
    const needed = [...Object.keys(dependencies), ...Object.keys(optionalDependencies)]
    return [...ofThis, ...copyPackages(needed, into, folder, done).native]
  })
  return { folders: [...done], native }
}

/** Folders of the packages that were bundled. */
function packagesIn(bundle: string): string[] {
  const folders = z.array(z.string()).parse(JSON.parse(readFileSync(join(bundle, 'packages.json'), 'utf8')))
  return folders.map((folder) => join(workspace, folder))
}

/** Writes what the image is made of beside the program. */
function describe(project: string, into: string, of: { folders: readonly string[]; libraries: Iterable<string> }): void {
  // One version may be installed in several folders.
  const byPurl = new Map(of.folders.map((folder) => npmComponent(folder)).map((component) => [component.purl, component]))
  const npm = [...byPurl.values()].toSorted((a, b) => (a.purl < b.purl ? -1 : 1))
  const components = [nodeComponent(node), ...npm, ...debianComponents(of.libraries)]
  const { version } = npmComponent(join(workspace, project))
  const described = { name: basename(project), version, components }
  writeFileSync(join(into, 'sbom.cdx.json'), `${billOfMaterials(described)}\n`)
  writeFileSync(join(into, 'LICENCES.txt'), licenceList(described))
}

function folderOf(name: string, from: string): string | undefined {
  const places = createRequire(join(from, 'package.json')).resolve.paths(name) ?? []
  return places.map((place) => join(place, name)).find((folder) => existsSync(join(folder, 'package.json')))
}

/** The linker and every library that it finds for these files. */
function librariesOf(files: readonly string[]): Set<string> {
  const glibc = files.filter((file) => !file.endsWith('.musl.node'))
  const lines = glibc.flatMap((file) => execFileSync('ldd', [file], { encoding: 'utf8' }).split('\n'))
  const paths = lines.map((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1])
  return new Set(paths.filter((path) => path !== undefined))
}

if (import.meta.main) {
  const [project, root] = process.argv.slice(2)
  if (!project || !root) throw new Error('usage: node deploy/image/root.ts apps/APP FOLDER')
  assembleRoot(project, resolve(root))
}
