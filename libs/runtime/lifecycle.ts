/** From start to exit: how a program says it is ready, stops on a signal, and reports why it could not go on. */
import { createLogger, type Logger, type LogLevel } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { startTracing } from './trace.ts'

export interface AppContext {
  readonly name: string
  readonly log: Logger
  readonly metrics: Metrics
  /** Aborts when the program is asked to stop. */
  readonly signal: AbortSignal
  /** Ends the program because something it cannot do without has failed. */
  fail(error: unknown): void
  /** Ends the program at once, with the reason logged and nothing closed: what would be closed is not sound any more. */
  abandon(error: unknown): void
}

export interface RunningApp {
  /** What whoever started the program wants to know, such as `{ url, port, dns }`. */
  readonly ready: Readonly<Record<string, unknown>>
  close(): Promise<void>
}

export interface AppOptions {
  readonly name: string
  readonly start: (context: AppContext) => Promise<RunningApp>
  readonly level?: LogLevel
  /** After this long a stop is no longer waited for. */
  readonly graceMs?: number
}

/**
 * Runs a program until SIGTERM, SIGINT or a failure. One line on standard output tells how the start went: `ready {…}`, or
 * `failed {…}` with the exit code and the message. Exit codes: 0 stopped when asked to, 64 wrong configuration, 69 something it
 * needs is not available (a port, a folder), 1 anything else.
 */
export async function runApp({ name, start, level, graceMs = 8_000 }: AppOptions): Promise<void> {
  const log = createLogger({ app: name, level: level ?? (process.env['ZONECAST_LOG_LEVEL'] as LogLevel | undefined) ?? 'info' })
  const stopping = new AbortController()
  let app: RunningApp | undefined
  let outcome: number | undefined

  const stop = async (exitCode: number) => {
    if (outcome !== undefined) return
    outcome = exitCode
    setTimeout(() => {
      log.error({ graceMs }, 'did not stop in time')
      endAtOnce(exitCode || 1)
    }, graceMs).unref()
    stopping.abort()
    try {
      await app?.close()
    } catch (error) {
      log.error({ err: error }, 'stopping failed')
      outcome ||= 1
    }
    await tracing.close().catch(() => {})
    process.exit(outcome)
  }
  const fail = (error: unknown) => {
    if (outcome === undefined) report(log, name, error, app !== undefined)
    void stop(exitCodeFor(error))
  }
  const abandon = (error: unknown): never => {
    report(log, name, error, app !== undefined)
    endAtOnce(exitCodeFor(error))
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info({ signal }, 'stopping')
      void stop(0)
    })
  }
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)

  const tracing = await startTracing(name)
  try {
    app = await start({ name, log, metrics: createMetrics(name), signal: stopping.signal, fail, abandon })
    if (outcome !== undefined) await app.close()
    else process.stdout.write(`ready ${JSON.stringify({ app: name, pid: process.pid, ...app.ready })}\n`)
  } catch (error) {
    fail(error)
  }
}

/**
 * Ends the process with a code and lets nothing of it run any more: an exit joins threads and has native libraries clean up, and one
 * whose memory is not sound aborts in that, or waits for ever. So another program takes the process over, and does nothing but end.
 */
function endAtOnce(code: number): never {
  const { LD_LIBRARY_PATH } = process.env
  try {
    const env = LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH }
    process.execve?.(process.execPath, [process.execPath, '-e', `process.exit(${code})`], env)
  } catch {
    // Not on this platform.
  }
  process.exit(code)
}

/** The exit code an error asks for by its `exitCode`; 1 where it asks for none. */
export function exitCodeFor(error: unknown): number {
  const wanted = (error as { exitCode?: unknown } | undefined)?.exitCode
  return typeof wanted === 'number' ? wanted : 1
}

/** An error that knows its exit code is one the operator can mend: its message says how, and a stack would only hide it. */
function report(log: Logger, app: string, error: unknown, started: boolean): void {
  const code = exitCodeFor(error)
  const message = error instanceof Error ? error.message : String(error)
  log.fatal(code === 1 ? { err: error } : {}, message)
  if (!started) process.stdout.write(`failed ${JSON.stringify({ app, code, message })}\n`)
}
