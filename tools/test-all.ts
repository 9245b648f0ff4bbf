/** `npm test`: every project's tests by Nx, then one closing line with the sums. */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs'
import { closingLine, type Counts } from './line-reporter.ts'

const summaries = '{apps,libs,tools,bench}/**/test-output/summary.json'
const options = { exclude: ['**/node_modules/**'] }
// No stale counts: Nx restores those of projects whose run is cached.
for (const file of globSync(summaries, options)) rmSync(file)
const run = spawnSync('nx', ['run-many', '-t', 'test', '--parallel=2', '--output-style=stream', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false' },
})
const sum: Counts = { passed: 0, failed: 0, skipped: 0 }
for (const file of globSync(summaries, options)) {
  if (!existsSync(file)) continue
  const counts = JSON.parse(readFileSync(file, 'utf8')) as Counts
  sum.passed += counts.passed
  sum.failed += counts.failed
  sum.skipped += counts.skipped
}
// A project that died before its tests ran is a failure too.
if (run.status !== 0 && sum.failed === 0) sum.failed = 1
console.log(closingLine(sum))
process.exit(sum.failed > 0 ? 1 : (run.status ?? 1))
