/** The bootstrap file: what it says is in force, also when it is replaced while the program runs. */
import type { Clock, Logger } from '@zonecast/runtime'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Credential, ZoneDatabase } from '../database/zone-database.ts'
import type { AccessWatch } from './access-watch.ts'

/** With what publishers and open streams take until they notice, less than the 5 s within which what is withdrawn counts for nothing. */
const lookMs = 1_000

const schema = z.array(
  z.object({
    principal: z.string().min(1),
    role: z.enum(['administrator', 'publisher', 'edge']),
    sha256: z.string().regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits'),
    edgeId: z.string().max(128).optional(),
    placements: z.array(z.string()).optional(),
  }),
)

/** The bootstrap file says something else than who may do what. */
export class BootstrapError extends Error {
  readonly exitCode = 64
}

export interface BootstrapFilePorts {
  readonly file: string
  readonly database: Pick<ZoneDatabase, 'bootstrapCredentials'>
  readonly access: Pick<AccessWatch, 'changed'>
  readonly clock: Clock
  readonly log: Pick<Logger, 'info' | 'error'>
}

export class BootstrapFile {
  readonly #ports: BootstrapFilePorts
  /** What is in force. */
  #text: string
  #credentials: readonly Credential[]
  /** What was told last: each fault is told once. */
  #fault = ''
  #timer: { cancel(): void } | undefined
  #closed = false

  private constructor(ports: BootstrapFilePorts, text: string) {
    this.#ports = ports
    this.#text = text
    this.#credentials = credentialsIn(ports.file, text)
    this.#schedule()
  }

  /** Puts in force what the file says; throws `BootstrapError` where there is nothing to begin with. */
  static async open(ports: BootstrapFilePorts): Promise<BootstrapFile> {
    const text = readText(ports.file)
    await ports.database.bootstrapCredentials(credentialsIn(ports.file, text))
    return new BootstrapFile(ports, text)
  }

  /** Puts in force what is new. A file that is away, half written or wrong changes nothing. */
  async look(): Promise<void> {
    const { file, database, access, log } = this.#ports
    try {
      const text = readText(file)
      if (text !== this.#text) {
        const credentials = credentialsIn(file, text)
        await database.bootstrapCredentials(credentials)
        access.changed()
        log.info({ file, ...difference(this.#credentials, credentials) }, 'the bootstrap file was replaced, and is in force')
        this.#text = text
        this.#credentials = credentials
      }
      this.#fault = ''
    } catch (error) {
      const { message } = error as Error
      if (message !== this.#fault) log.error({ file }, `${message}; what it said before stays in force`)
      this.#fault = message
    }
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  #schedule(): void {
    this.#timer = this.#ports.clock.schedule(lookMs, () => void this.look().finally(() => this.#closed || this.#schedule()))
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new BootstrapError(`the bootstrap file ${file} cannot be read: ${(error as Error).message}`)
  }
}

function credentialsIn(file: string, text: string): Credential[] {
  const parsed = schema.safeParse(jsonIn(file, text))
  if (!parsed.success) throw new BootstrapError(`the bootstrap file ${file} is wrong: ${z.prettifyError(parsed.error)}`)
  return parsed.data.map(({ principal, role, sha256, edgeId = '', placements = [] }) => {
    const hash = new Uint8Array(Buffer.from(sha256, 'hex'))
    return { principal, role, sha256: hash, edgeId: role === 'edge' ? edgeId || principal : '', placements }
  })
}

function jsonIn(file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new BootstrapError(`the bootstrap file ${file} cannot be read: ${(error as Error).message}`)
  }
}

/** Whose credentials have come and gone. */
function difference(before: readonly Credential[], after: readonly Credential[]): { added: string[]; withdrawn: string[] } {
  const without = (some: readonly Credential[], others: readonly Credential[]) =>
    some
      .filter(({ sha256 }) => !others.some((other) => Buffer.compare(sha256, other.sha256) === 0))
      .map(({ principal }) => principal)
  return { added: without(after, before), withdrawn: without(before, after) }
}
