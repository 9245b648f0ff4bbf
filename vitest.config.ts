/** Test settings that every project shares. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Threads of ours begin with compiled sources. Without them each loads Node's TypeScript stripper, which is WebAssembly: it takes
// a second, and V8 crashes now and then where many such threads come and go (nodejs/node#64500).
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'zonecast-compiled')

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    passWithNoTests: true,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    execArgv: ['--no-memory-protection-keys'],
    maxWorkers: 2,
    reporters: ['default', new URL('./tools/line-reporter.ts', import.meta.url).pathname],
  },
})
