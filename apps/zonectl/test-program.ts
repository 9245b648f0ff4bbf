/** One process for many command lines: each is over when nothing of it keeps the process alive. */
import { once } from 'node:events'
import { zonectl } from './test-io.ts'

async function serve(): Promise<void> {
  for (;;) {
    // Who sends lines holds the process alive between them, and not while one runs.
    const [words] = (await once(process, 'message')) as [string[]]
    const ran = await zonectl(words, { env: process.env })
    await once(process, 'beforeExit')
    process.send?.(ran)
  }
}

void serve()
