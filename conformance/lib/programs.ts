/** Other people's programs, run for their answer. */
import { execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Address } from '@zonecast/dns-net'

const run = promisify(execFile)
const toolsFolder = process.env['ZONECAST_TOOLS'] || join(homedir(), '.cache/zonecast-tools')

/** Where `.ci/run` puts programs that come by the Go proxy. */
export const goProgram = (name: string): string => join(toolsFolder, name)

/** Runs a program; rejects with what it said when it fails or is missing. */
export async function program(name: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(name, [...args], { maxBuffer: 1 << 28, timeout: 60_000 })
  return stdout
}

/** What dig prints of one response. */
export interface DigAnswer {
  readonly status: string
  readonly flags: readonly string[]
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
  readonly text: string
}

/** Asks by Debian's dig. RRs come with single spaces between their fields. */
export async function dig({ host, port }: Address, ...args: readonly string[]): Promise<DigAnswer> {
  const text = await program('dig', [`@${host}`, '-p', String(port), '+tries=1', '+time=5', '+norecurse', '+nocookie', ...args])
  const section = (name: string) => {
    const [, lines = ''] = new RegExp(`;; ${name} SECTION:\\n((?:[^;\\n].*\\n)*)`).exec(text) ?? []
    return lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replaceAll(/\s+/g, ' '))
  }
  return {
    status: /status: (\w+)/.exec(text)?.[1] ?? 'none',
    flags: (/flags: ([\w ]*);/.exec(text)?.[1] ?? '').split(' '),
    answer: section('ANSWER'),
    authority: section('AUTHORITY'),
    additional: section('ADDITIONAL'),
    text,
  }
}
