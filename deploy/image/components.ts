/** What an image is made of: packages of npm, Node with what is built into it, and Debian's libraries. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

export interface Component {
  readonly name: string
  readonly version: string
  /** SPDX expression (SPDX 2.3 annex D), or words where the origin has none. */
  readonly license: string
  /** Package URL. */
  readonly purl: string
  /** The licence and its notices, as they came with it. */
  readonly text: string
  /** What is built into it, such as OpenSSL into Node. */
  readonly parts: readonly Pick<Component, 'name' | 'version'>[]
}

const packageSchema = z.object({ name: z.string(), version: z.string(), license: z.string().default('unknown') })

/** A package of npm, from the folder it is installed in. */
export function npmComponent(folder: string): Component {
  const { name, version, license } = packageSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile())
  const notices = files.map((file) => file.name).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
  const text = notices.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n')
  return { name, version, license, purl: `pkg:npm/${name.replace('@', '%40')}@${version}`, text, parts: [] }
}

/** Node, and the libraries that its executable was built with. */
export function nodeComponent(node: string): Component {
  const { node: version, ...others } = z
    .record(z.string(), z.string())
    .and(z.object({ node: z.string() }))
    .parse(JSON.parse(execFileSync(node, ['-p', 'JSON.stringify(process.versions)'], { encoding: 'utf8' })))
  const parts = Object.entries(others).map(([name, of]) => ({ name, version: of }))
  const text = `Its licence and those of what is built into it: https://github.com/nodejs/node/blob/v${version}/LICENSE`
  return { name: 'node', version, license: 'MIT', purl: `pkg:github/nodejs/node@v${version}`, text, parts }
}

/** The packages of Debian, or of a system that is made of it, that these files belong to. */
export function debianComponents(files: Iterable<string>): Component[] {
  const paths = [...files].map((file) => realpathSync(file).replace(/^\/usr(?=\/lib)/, ''))
  const owners = new Set(paths.map(ownerOf))
  return [...owners].toSorted().map((owner) => {
    const shown = execFileSync('dpkg-query', ['-W', '-f', '${Package} ${Version} ${Architecture}', owner], { encoding: 'utf8' })
    const [name = '', version = '', architecture = ''] = shown.split(' ')
    const copyright = `/usr/share/doc/${name}/copyright`
    const text = existsSync(copyright) ? readFileSync(copyright, 'utf8').trim() : ''
    const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`
    return { name, version, license: licensesByPackage[name] ?? licensesIn(text), purl, text, parts: [] }
  })
}

/** Files of `/lib` are known to dpkg by that name or by the one below `/usr`, whichever their package used. */
function ownerOf(file: string): string {
  for (const name of [file, `/usr${file}`]) {
    try {
      return (
        execFileSync('dpkg-query', ['-S', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(': ')[0] ?? ''
      )
    } catch {
      // by the other name, then
    }
  }
  throw new Error(`no Debian package has ${file}; images are built on Debian, or by deploy/image/Dockerfile`)
}

/** The copyright files of these are prose. */
const licensesByPackage: Readonly<Record<string, string>> = {
  libc6: 'LGPL-2.1-or-later',
  'libgcc-s1': 'GPL-3.0-or-later WITH GCC-exception-3.1',
  'libstdc++6': 'GPL-3.0-or-later WITH GCC-exception-3.1',
  libatomic1: 'GPL-3.0-or-later WITH GCC-exception-3.1',
}

/** Of a machine-readable copyright file its licences, in Debian's words. */
function licensesIn(text: string): string {
  const found = [...text.matchAll(/^License: (.+)$/gm)].map(([, license = '']) => license)
  return found.length > 0 ? [...new Set(found)].join(', ') : 'see its copyright file'
}
