/** dnsperf on a core of its own, and what it reports. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Address } from '@zonecast/dns-net'

const run = promisify(execFile)

export interface LoadReport {
  readonly sent: number
  readonly completed: number
  readonly lost: number
  readonly perSecond: number
  readonly meanLatencyMs: number
  /** Responses by RCODE mnemonic. */
  readonly rcodes: Readonly<Record<string, number>>
}

export interface Load {
  readonly server: Address
  /** File of questions, asked over and over. */
  readonly file: string
  readonly seconds: number
  readonly core: number
}

/** With EDNS, as resolvers ask; 100 questions at most are open, from eight sockets. */
export async function dnsperf({ server, file, seconds, core }: Load): Promise<LoadReport> {
  const asks = [
    '-s',
    server.host,
    '-p',
    String(server.port),
    '-d',
    file,
    '-l',
    String(seconds),
    '-e',
    '-c',
    '8',
    '-q',
    '100',
    '-t',
    '1',
  ]
  const { stdout } = await run('taskset', ['-c', String(core), 'dnsperf', ...asks])
  return readReport(stdout)
}

export function readReport(text: string): LoadReport {
  const number = (pattern: RegExp): number => {
    const [, value] = pattern.exec(text) ?? []
    if (value === undefined) throw new Error(`dnsperf did not report ${pattern}:\n${text}`)
    return Number(value)
  }
  const [, codes = ''] = /Response codes:\s+(.*)/.exec(text) ?? []
  const rcodes = Object.fromEntries([...codes.matchAll(/(\w+) (\d+) \(/g)].map(([, name, count]) => [name, Number(count)]))
  return {
    sent: number(/Queries sent:\s+(\d+)/),
    completed: number(/Queries completed:\s+(\d+)/),
    lost: number(/Queries lost:\s+(\d+)/),
    perSecond: number(/Queries per second:\s+([\d.]+)/),
    meanLatencyMs: number(/Average Latency \(s\):\s+([\d.]+)/) * 1000,
    rcodes,
  }
}

/** Why a report is no measure of a server that answers rightly; undefined where it is one. */
export function faultOf({ sent, completed, lost, rcodes }: LoadReport, missing: number): string | undefined {
  if (completed === 0) return 'nothing was answered'
  if (lost > sent / 1000) return `${lost} of ${sent} questions were lost`
  const nxdomain = rcodes['NXDOMAIN'] ?? 0
  if (nxdomain + (rcodes['NOERROR'] ?? 0) !== completed) return `unexpected response codes: ${JSON.stringify(rcodes)}`
  if (Math.abs(nxdomain / completed - missing) > 0.01) return `${nxdomain} of ${completed} were NXDOMAIN`
  return undefined
}
