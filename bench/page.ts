/** Writes docs/benchmarks.md and its plots from the results: what is claimed, what was measured, and where we lose. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { judge } from './lib/page/checks.ts'
import type { Commentary } from './lib/page/commentary.ts'
import { renderSection, type Section } from './lib/page/section.ts'
import { type Results, resultsFolder } from './lib/results.ts'
import { isQuick } from './lib/rounds.ts'

/** Short runs have a page of their own, beside their results. */
const docs = isQuick ? resultsFolder : fileURLToPath(new URL('../docs/', import.meta.url))

/** The files of the page by their path below docs/, for the results in a folder. */
export async function renderPage(folder: string = resultsFolder): Promise<ReadonlyMap<string, string>> {
  const sections = await sectionsOf(folder)
  const rendered = sections.map(renderSection)
  const body = [opening, summary(sections), ...rendered.map(({ markdown }) => markdown)].join('\n\n')
  const plots = rendered.flatMap(({ plots: own }) => [...own].map(([name, svg]) => [`benchmarks/${name}`, svg] as const))
  return new Map([['benchmarks.md', `${body}\n`], ...plots])
}

/** Writes the page, and removes plots that it no longer has. */
export async function writePage(): Promise<void> {
  const files = await renderPage()
  const plots = join(docs, 'benchmarks')
  rmSync(plots, { recursive: true, force: true })
  for (const [path, content] of files) {
    mkdirSync(dirname(join(docs, path)), { recursive: true })
    writeFileSync(join(docs, path), content)
  }
  console.log(`written to ${join(docs, 'benchmarks.md')}, with ${files.size - 1} plots`)
}

/** Benchmarks that have both rows and words, in the order of the page. */
async function sectionsOf(folder: string): Promise<Section[]> {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []))
  const sections: Section[] = []
  for (const name of names) {
    const results = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Results
    const words = new URL(`./${name}/commentary.ts`, import.meta.url)
    if (results.rows === undefined || !existsSync(words)) continue
    const { commentary } = (await import(words.href)) as { readonly commentary: Commentary }
    sections.push({ name, commentary, results: { ...results, rows: results.rows } })
  }
  return sections.toSorted((a, b) => a.commentary.order - b.commentary.order)
}

const opening = `# Benchmarks

This page is generated from the files in \`bench/results\` by \`npm run bench -- page\`; nothing in it is written by hand but the words that hold
whatever the numbers are. \`npm run bench\` measures everything again, \`npm run bench NAME\` one part of it (\`bench/README.md\`).

The project begins with a post of 2021, in which the DNS team of a large network tells how it moved the communication between its services
from REST to gRPC. What the post claims, and what this project wants to reach, is judged here one by one.

How to read it:

- Ours and the others take turns in the same run on the same machine, in rounds. A cell shows the best round, in parentheses the lowest and the
  highest, and then how many times better zonecast's best is: *above 1 ×* zonecast is ahead, *below 1 ×* it is behind. Where a table has no
  row of zonecast, the row without a ratio is what the others are compared with.
- Whiskers in plots reach from the lowest to the highest round. Ratios below 2 on a machine that others share are close to noise.
- *defaults* is a program as it comes; *tuned* is set up for speed as far as its manual goes, still keeping what it acknowledges. zonecast runs on
  its defaults.`

/** Every claim and whether it holds. */
function summary(sections: readonly Section[]): string {
  const rows = sections.flatMap(({ commentary: { title, claims }, results }) =>
    claims.map((claim) => {
      const { word } = judge(claim, results.rows)
      return `| [${title}](#${anchorOf(title)}) | ${claim.by === 'post' ? 'the post' : 'our target'} | ${claim.says} | ${word} |`
    }),
  )
  return ['## Claim by claim', ['| Part | Whose | Claim | |', '| --- | --- | --- | --- |', ...rows].join('\n')].join('\n\n')
}

/** As code hosts make it of a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number} -]/gu, '')
    .replaceAll(' ', '-')
}
