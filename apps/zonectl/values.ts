/** Values of flags and variables, read at the door. */
import { InvalidArgumentError } from 'commander'
import { usageError } from './failure.ts'

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** Milliseconds of `30`, `30s`, `500ms`, `2m` or `1h`; a number alone is seconds. */
export function parseTimeout(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim()) ?? []
  if (number === undefined) throw new InvalidArgumentError('Write seconds, or a number with a unit: 30, 500ms, 2m.')
  return Math.round(Number(number) * (unitMs[unit] as number))
}

/** A TTL in seconds, or with the units of zone files: `300`, `5m`, `1h30m`, `2d`. */
export function parseTtl(text: string): number {
  const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }
  const wrong = () => new InvalidArgumentError('Write seconds, or units as in 5m, 1h30m or 2d; at most 2147483647 (RFC 2181 §8).')
  const lower = text.toLowerCase()
  if (!/^(?:\d+|(?:\d+[smhdw])+)$/.test(lower)) throw wrong()
  const ttl = [...lower.matchAll(/(\d+)([smhdw]?)/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * (seconds[unit || 's'] as number),
    0,
  )
  if (ttl > 0x7fff_ffff) throw wrong()
  return ttl
}

/** A port base whose highest port, N + 11, still exists; 0 takes ports that are free. */
export function parsePortBase(text: string): number {
  const base = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(base <= 65_524)) throw new InvalidArgumentError('Write a port from 1 to 65524, or 0 for ports that are free.')
  return base
}

/** Versions begin at 1: a 0, which the API takes for no version at all, is a variable that was empty. */
export function parseVersion(text: string): bigint {
  if (!/^0*[1-9]\d{0,18}$/.test(text)) throw new InvalidArgumentError('Write a version as a number from 1 on.')
  return BigInt(text)
}

/** A version that stands among the arguments; 0 where none does. */
export function versionArgument(text: string | undefined): bigint {
  try {
    return text === undefined ? 0n : parseVersion(text)
  } catch {
    throw usageError(`${text} is no version: write one as a number from 1 on`)
  }
}

/** A time in RFC 3339, or a span before now: `90m`, `2h`, `7d`. */
export function parseTime(text: string): Date {
  const spanMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
  const [, number, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  if (number !== undefined && unit !== undefined) return new Date(Date.now() - Number(number) * (spanMs[unit] as number))
  const time = new Date(text)
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(time.getTime())) return time
  throw new InvalidArgumentError('Write a time as 2026-01-31T08:00:00Z, or a span before now as in 90m, 2h, 7d.')
}

/** A time to come in RFC 3339, or a span from now on: `12h`, `90d`. */
export function parseEnd(text: string): Date {
  const now = Date.now()
  const time = parseTime(text)
  // What is written as a span lies before now by as much as it is to lie after.
  const end = /^\d+[smhdw]$/.test(text) ? new Date(2 * now - time.getTime()) : time
  if (end.getTime() > now) return end
  throw new InvalidArgumentError('Write a time to come as 2027-01-31T08:00:00Z, or a span as in 12h, 90d.')
}

/** A tag, with its value where one is given. */
export interface Tag {
  readonly tag: string
  readonly value?: string
}

/** `team=web`, or `critical` alone. */
export function parseTag(text: string): Tag {
  const [, tag, value] = /^([a-z0-9](?:[a-z0-9._/-]{0,61}[a-z0-9])?)(?:=([^]*))?$/.exec(text) ?? []
  if (tag !== undefined) return { tag, ...(value !== undefined && { value }) }
  throw new InvalidArgumentError('Write a tag as team=web, or critical: lower-case letters, digits, and inside also . _ / -.')
}

/** A name that narrows what a command does: an empty word, such as a variable that was never set, must not mean everything. */
export function parseNarrowing(text: string): string {
  if (text === '') throw new InvalidArgumentError('The word is empty. Leave the option out to mean all.')
  return text
}

export function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write a number.')
  return Number(text)
}

export function parsePercent(text: string): number {
  const percent = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
  if (!(percent <= 100)) throw new InvalidArgumentError('Write a percentage from 0 to 100.')
  return percent
}

/** `host:port`, `[v6]:port`, or a host alone. */
export function parseServer(text: string, defaultPort: number): { host: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = bracketed ?? plain ?? (/^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$/.test(text) ? text : undefined)
  const number = port === undefined ? defaultPort : Number(port)
  if (host === undefined || number < 1 || number > 65_535) {
    throw new InvalidArgumentError('Write HOST:PORT, an IPv6 address in brackets.')
  }
  return { host, port: number }
}

/** `all`, `quorum`, or names of edges with commas between them. */
export function parseWait(text: string): 'all' | 'quorum' | readonly string[] {
  if (text === 'all' || text === 'quorum') return text
  const edges = [...new Set(text.split(',').map((name) => name.trim()))]
  if (edges.some((name) => name === '' || name === 'all' || name === 'quorum')) {
    throw new InvalidArgumentError('Write all, quorum, or names of edges as in edge-1,edge-2.')
  }
  return edges
}

/** True for a variable that says yes: set, and not `0`, `false` or `no`. */
export function isOn(text: string | undefined): boolean {
  return text !== undefined && !/^(?:|0|false|no)$/i.test(text)
}

/** `--wait` alone means all edges; only `--wait=…` takes a value, so that it may stand before other arguments. */
export function withWaitMode(argv: readonly string[]): string[] {
  const end = argv.indexOf('--')
  const isOption = (index: number) => end === -1 || index < end
  return argv.map((word, index) => (word === '--wait' && isOption(index) ? '--wait=all' : word))
}
