/** Renders an overlay with kustomize, and reads the allow matrix. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parse, parseAllDocuments } from 'yaml'
import type { Manifest } from './policy/manifests.ts'
import { type Matrix, readMatrix } from './policy/matrix.ts'

export const overlays = ['single-node', 'production'] as const

const kustomize = join(process.env['ZONECAST_TOOLS'] || join(homedir(), '.cache/zonecast-tools'), 'kustomize')

export async function render(overlay: string): Promise<Manifest[]> {
  const folder = fileURLToPath(new URL(`k8s/overlays/${overlay}`, import.meta.url))
  const { stdout } = await promisify(execFile)(kustomize, ['build', folder], { maxBuffer: 1 << 26 })
  return readDocuments(stdout)
}

export function readDocuments(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors[0]) throw document.errors[0]
    return document.toJS() as Manifest
  })
}

export function allowMatrix(): Matrix {
  return readMatrix(parse(readFileSync(new URL('k8s/allow.yaml', import.meta.url), 'utf8')))
}
