/** Structured logs: one JSON object a line on standard error, with secrets removed. */
import pino from 'pino'

export type Logger = pino.Logger
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** What ties the lines about one change together, from the API to the answer at an edge. */
export interface ChangeIds {
  readonly changeId?: string
  readonly zone?: string
  readonly version?: bigint
  readonly edge?: string
  readonly traceparent?: string
}

const secrets = ['authorization', 'token', 'password', 'secret']
const redact = {
  paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
  censor: '(removed)',
}

/** A logger for one program. Lines are written at once, so that the last one before a crash is there. */
export function createLogger(options: { app: string; level?: LogLevel; destination?: { write(line: string): void } }): Logger {
  const { app, level = 'info', destination = pino.destination({ fd: 2, sync: true }) } = options
  return pino(
    {
      level,
      base: { app, pid: process.pid },
      redact,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  )
}

/** A logger whose every line carries the ids of a change. */
export function childFor(log: Logger, { version, ...ids }: ChangeIds): Logger {
  return log.child(version === undefined ? ids : { ...ids, version: version.toString() })
}

/** A logger that says nothing, for tests. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' })
}
