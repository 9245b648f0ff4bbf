/** `npm run conformance`: the black-box suites one after the other, never cached, then the closing line. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { closingLine, type Counts } from './line-reporter.ts'

// Clients that read .proto files need the schemas that ours import.
await import('./vendor-protos.ts')

const summary = 'conformance/test-output/summary.json'
rmSync(summary, { force: true })
const options = ['--dir', 'conformance', '--no-file-parallelism', '--testTimeout=240000', '--hookTimeout=240000']
const run = spawnSync('vitest', ['run', '--config', 'vitest.config.ts', ...options, ...process.argv.slice(2)], {
  stdio: 'inherit',
})
const counts: Counts = existsSync(summary)
  ? (JSON.parse(readFileSync(summary, 'utf8')) as Counts)
  : { passed: 0, failed: 1, skipped: 0 }
// A run that ends badly without a failed test has failed as a whole.
if (run.status !== 0 && counts.failed === 0) counts.failed = 1
console.log(closingLine(counts))
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0)
