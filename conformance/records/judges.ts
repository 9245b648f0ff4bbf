/** Other people's readers of zone files. Each run is a process, and four of them at most run at once. */
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeHex, encodeHex, formatName, parseName, parseRDATAText, typeFromText } from '@zonecast/dns'
import { readRawZone } from './raw-zone.ts'
import type { Verdict, WireRecord } from './verdict.ts'

export type JudgeName = 'named' | 'ldns' | 'knot' | 'dnspython'

/** Judges whose refusal counts; dnspython reads much that no server would load. */
export const judgesOfRefusals = ['named', 'ldns', 'knot'] as const

const atOnce = 4
let running = 0
const waiting: (() => void)[] = []

async function limited<T>(work: () => Promise<T>): Promise<T> {
  if (running === atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
  else running++
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
}

interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end; rejects only where it is missing or is killed. */
function run(name: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    execFile(name, [...args], { maxBuffer: 1 << 26, timeout: 60_000, encoding: 'latin1' }, (error, stdout, stderr) => {
      if (error === null) resolve({ status: 0, stdout, stderr })
      else if (typeof error.code === 'number') resolve({ status: error.code, stdout, stderr })
      else reject(new Error(`${name} is missing or was killed: ${error.message}`))
    })
  })
}

async function withFile<T>(text: string, work: (path: string, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'records-'))
  try {
    const path = join(folder, 'example.com.zone')
    await writeFile(path, text, 'latin1')
    return await work(path, folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Checks that concern meaning rather than form are off: missing glue, MX to an address, names of hosts. */
const quiet = ['-i', 'none', ...['-k', '-n', '-m', '-r', '-M', '-S', '-W'].flatMap((option) => [option, 'ignore'])]

function named(text: string): Promise<Verdict> {
  return withFile(text, async (path, folder) => {
    const out = join(folder, 'out')
    const { status, stdout, stderr } = await run('named-compilezone', [...quiet, '-F', 'raw', '-o', out, 'example.com', path])
    const message = stdout + stderr
    return status === 0 ? { rrs: readRawZone(await readFile(out)), message } : { message }
  })
}

/** ldns prints each type but TSIG, which no zone has, in the form of RFC 3597, which is the wire format. */
function ldns(text: string): Promise<Verdict> {
  return withFile(text, async (path) => {
    const { status, stdout, stderr } = await run('ldns-read-zone', ['-U', 'TSIG', path])
    // It leaves with success after an error, too.
    if (status !== 0 || /error|Unable|Could not/i.test(stderr)) return { message: stderr }
    if (/^;/m.test(stdout)) return { message: stdout }
    return { rrs: stdout.split('\n').filter(Boolean).map(readGenericLine), message: stderr }
  })
}

function readGenericLine(line: string): WireRecord {
  const [, owner = '', ttl = '', type = '', rdata = ''] = /^(\S+)\t(\d+)\t\S+\t(\S+)\t(.*)$/.exec(line) ?? []
  // It prints type numbers of 17 bits, too, where it was given them.
  const number = typeFromText(type) ?? (/^TYPE\d+$/.test(type) ? Number(type.slice(4)) : undefined)
  if (number === undefined) throw new Error(`ldns printed ${line}`)
  return { owner: formatName(parseName(owner)), ttl: Number(ttl), type: number, rdata: genericOctets(number, rdata) }
}

function genericOctets(type: number, text: string): string {
  const [, hex] = /^\\# \d+ ?([0-9a-fA-F ]*)$/.exec(text.trim()) ?? []
  const octets = hex === undefined ? parseRDATAText(type, text) : decodeHex(hex.replaceAll(' ', ''))
  if (octets === undefined) throw new Error(`ldns printed ${text}`)
  return encodeHex(octets)
}

function knot(text: string): Promise<Verdict> {
  return withFile(text, async (path) => {
    const { status, stdout, stderr } = await run('kzonecheck', ['-o', 'example.com', '-d', 'off', path])
    return status === 0 ? { rrs: [], message: '' } : { message: stdout + stderr }
  })
}

const byName = { named, ldns, knot } as const

/** The verdict of one judge on one zone. */
export function judge(name: keyof typeof byName, text: string): Promise<Verdict> {
  return limited(() => byName[name](text))
}

/** dnspython's verdicts on many zones, by one process. */
export async function dnspython(texts: readonly string[]): Promise<Verdict[]> {
  const output = await new Promise<string>((resolve, reject) => {
    const script = new URL('./dnspython.py', import.meta.url).pathname
    // Debian's own Python: its packages are not seen by another one that may stand before it in PATH.
    const child = spawn('/usr/bin/python3', [script], { stdio: ['pipe', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (stdout += piece))
    child.stderr.setEncoding('utf8').on('data', (piece: string) => (stderr += piece))
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(stdout) : reject(new Error(`dnspython.py: ${stderr}`))))
    child.stdin.end(JSON.stringify(texts))
  })
  return (JSON.parse(output) as { rrs?: WireRecord[]; message?: string }[]).map(({ rrs, message = '' }) =>
    rrs === undefined ? { message } : { rrs: rrs.map((rr) => ({ ...rr, owner: formatName(parseName(rr.owner)) })), message },
  )
}
