/** Builds an app's image from scratch with buildah, unprivileged: `nx run APP:image`. Where there is another engine, see Dockerfile. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { programEnvironment, programFlags } from '@zonecast/runtime'
import { assembleRoot, user } from './root.ts'

export const entrypoint: readonly string[] = ['/usr/bin/node', ...programFlags, '/app/main.mjs']

export interface BuildOptions {
  /** `apps/APP` */
  readonly project: string
  readonly tag: string
  /** Flags for buildah that come before the command, such as `--root`. */
  readonly flags?: readonly string[]
}

/** Tells the image's name. */
export function buildImage({ project, tag, flags = [] }: BuildOptions): string {
  const image = `zonecast/${basename(project)}:${tag}`
  const buildah = (...args: readonly string[]) => {
    const env = { STORAGE_DRIVER: 'vfs', BUILDAH_ISOLATION: 'chroot', ...process.env }
    return execFileSync('buildah', [...flags, ...args], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'inherit'] }).trim()
  }
  const root = mkdtempSync(join(tmpdir(), 'zonecast-image-'))
  try {
    assembleRoot(project, root)
    const container = buildah('from', 'scratch')
    try {
      buildah('copy', '--quiet', container, root, '/')
      buildah('copy', '--quiet', `--chown=${user}:${user}`, container, join(root, 'var/lib/zonecast'), '/var/lib/zonecast')
      buildah('config', ...settings(basename(project), tag), container)
      // The same bundle gives the same image, whenever it is built.
      buildah('commit', '--quiet', '--timestamp=0', container, image)
    } finally {
      buildah('rm', container)
    }
  } finally {
    rmSync(root, { recursive: true })
  }
  return image
}

function settings(app: string, tag: string): string[] {
  const variables = Object.entries(programEnvironment).map(([name, value]) => `--env=${name}=${value}`)
  const labels = { title: `zonecast ${app}`, version: tag, licenses: 'Apache-2.0' }
  return [
    `--user=${user}:${user}`,
    '--workingdir=/var/lib/zonecast',
    `--entrypoint=${JSON.stringify(entrypoint)}`,
    ...variables,
    ...Object.entries(labels).map(([name, value]) => `--label=org.opencontainers.image.${name}=${value}`),
  ]
}

if (import.meta.main) {
  const [project] = process.argv.slice(2)
  if (!project) throw new Error('usage: node deploy/image/build.ts apps/APP')
  const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { version: string }
  console.log(buildImage({ project, tag: version }))
}
