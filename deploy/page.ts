/** Writes the table of docs/operating/kubernetes.md from the allow matrix: `node deploy/page.ts`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { readManifests } from './policy/manifests.ts'
import { allowTable } from './policy/table.ts'
import { allowMatrix, render } from './render.ts'

const path = new URL('../docs/operating/kubernetes.md', import.meta.url)
const [begin, end] = ['<!-- from deploy/k8s/allow.yaml: node deploy/page.ts -->\n\n', '\n\n<!-- end -->']

/** The page as it is, and as it should be. */
export async function kubernetesPage(): Promise<{ is: string; wanted: string }> {
  const is = readFileSync(path, 'utf8')
  const [from, to] = [is.indexOf(begin) + begin.length, is.indexOf(end)]
  if (from < begin.length || to < from) throw new Error('the page has no place for the table')
  const table = allowTable(allowMatrix(), readManifests(await render('production')))
  return { is, wanted: is.slice(0, from) + table + is.slice(to) }
}

if (import.meta.main) writeFileSync(path, (await kubernetesPage()).wanted)
