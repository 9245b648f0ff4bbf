/** Vitest reporter that leaves a project's counts as data (an Nx output). */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Reporter, TestModule, Vitest } from 'vitest/node'

/** How many tests of a run passed, failed and were skipped. */
export interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** Writes `test-output/summary.json` in the project's folder when a run ends; a cached run restores the file. */
export default class LineReporter implements Reporter {
  #root = process.cwd()

  onInit(vitest: Vitest): void {
    this.#root = vitest.config.dir ?? vitest.config.root
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const counts: Counts = { passed: 0, failed: unhandled.length, skipped: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        counts[state === 'passed' || state === 'failed' ? state : 'skipped']++
      }
      counts.failed += module.errors().length // a file that does not load counts as a failure
    }
    const folder = join(this.#root, 'test-output')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'summary.json'), JSON.stringify(counts))
  }
}

/** The closing line: `N passed, N failed`, with skipped tests named when there are any. */
export function closingLine(counts: Counts): string {
  return `${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}`
}
