/** Where the last results are kept: a file a benchmark, with the machine and the command. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Machine } from './machine.ts'

const folder = fileURLToPath(new URL('../results/', import.meta.url))

export function saveResults(name: string, machine: Machine, figures: object): string {
  mkdirSync(folder, { recursive: true })
  const path = `${folder}${name}.json`
  writeFileSync(path, `${JSON.stringify({ command: `npm run bench ${name}`, machine, ...figures }, undefined, 2)}\n`)
  return path
}
