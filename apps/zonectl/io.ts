/** Where a command reads and writes: data on stdout, talk on stderr. */
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

export interface Output extends Writable {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
}

export const processIo: Io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env }

/** Writes, and waits for a reader that is slower. */
export async function writeAll(to: Output, data: string | Uint8Array): Promise<void> {
  if (!to.write(data)) await once(to, 'drain')
}

/** A reader that has had enough, such as `head`, ends the command without a word. */
export function endQuietlyOnClosedPipe(io: Io): void {
  for (const output of [io.stdout, io.stderr]) {
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0)
      throw error
    })
  }
}
