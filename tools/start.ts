/** `npm start`: the whole system on `.zonecast/`, with a first change to watch. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const zonectl = at('../apps/zonectl/main.ts')
const example = { zone: 'harbour.example', file: 'apps/zonectl/example/harbour.example.zone', name: 'www' }
const flags = process.argv.slice(2)
/** Commands find the system where `up` was told to put it. */
const folder = flags.includes('--data') ? ['--data', flags[flags.indexOf('--data') + 1] ?? ''] : []
const folderFlag = folder.map((word) => ` ${word}`).join('')

/** What `zonectl up -o json` prints when it is ready. */
interface Up {
  readonly found: boolean
  readonly data: string
  readonly server: string
  readonly edges: readonly { readonly dns: readonly { readonly host: string; readonly port: number }[] }[]
}

/** The parts of `zonectl record set --wait -o json` that the timeline shows. */
interface Changed {
  readonly changeId: string
  readonly effects: readonly { readonly version: number; readonly serial: number }[]
  readonly progress: {
    readonly committedAt: string
    readonly edges: readonly {
      readonly edgeId: string
      readonly publishedMs: number | null
      readonly appliedMs: number | null
      readonly answeredMs: number | null
    }[]
  }
}

let isStopping = false
const system = spawn(process.execPath, [zonectl, 'up', '-o', 'json', ...flags], { stdio: ['inherit', 'pipe', 'inherit'] })
const ended = once(system, 'exit') as Promise<[number | null]>
passSignalsOn(system)
const up = await Promise.race([readyOf(system), ended.then(() => undefined)])
if (up) await show(up).catch(stopBecause)
const [code] = await ended
process.exitCode ||= code ?? 1

async function show({ found, data, edges }: Up): Promise<void> {
  const zones = JSON.parse(await output('zone', 'list', '-o', 'json')) as { zone: string }[]
  const isThere = zones.some(({ zone }) => zone === `${example.zone}.`)
  if (found && isThere) say(`Your data is as you left it: ${zones.length === 1 ? '1 zone' : `${zones.length} zones`} in ${data}.`)
  if (!isThere) {
    say('', `An example zone goes in:`, `  $ npx zonectl zone import ${example.zone} ${example.file} --wait`)
    await shown('zone', 'import', example.zone, at(`../${example.file}`), '--wait')
  }
  await changeOne()
  const [dns = { host: '127.0.0.1', port: 5300 }] = edges.flatMap((edge) => edge.dns)
  const answer = (await output('query', `${example.name}.${example.zone}`, '--short')).trim()
  say(`The edge's DNS server says: ${example.name}.${example.zone} is at ${answer}`, '', ...hints(dns))
}

async function changeOne(): Promise<void> {
  const listed = await output('record', 'list', example.zone, '--name', example.name, '--type', 'A', '-o', 'json')
  const [before] = JSON.parse(listed) as { values: string[] }[]
  const address = nextAddress(before?.values[0])
  const words = ['record', 'set', example.zone, example.name, 'A', address, '--wait']
  say(
    '',
    `One record changes, from ${before?.values.join(', ') ?? 'nothing'} to ${address}:`,
    `  $ npx zonectl ${words.join(' ')}`,
  )
  say('', ...timeline(JSON.parse(await output(...words, '-o', 'json')) as Changed))
}

function timeline({ changeId, effects, progress }: Changed): string[] {
  const [effect] = effects
  const after = (ms: number | null) => (ms === null ? '' : `+${ms} ms`).padStart(9)
  return [
    `  committed ${after(0)}   version ${effect?.version}, serial ${effect?.serial}, change ${changeId}`,
    ...progress.edges.flatMap(({ edgeId, publishedMs, appliedMs, answeredMs }) => [
      `  published ${after(publishedMs)}   sent to ${edgeId}`,
      `  applied   ${after(appliedMs)}   in the store of ${edgeId}, on disk`,
      `  answered  ${after(answeredMs)}   by the DNS server of ${edgeId}`,
    ]),
    '',
  ]
}

function hints({ host, port }: { host: string; port: number }): string[] {
  const name = `${example.name}.${example.zone}`
  return [
    'It keeps running. Try in another terminal, in this folder:',
    `  npx zonectl query ${name}${folderFlag}`,
    `  dig @${host} -p ${port} ${name}`,
    `  npx zonectl record set ${example.zone} ${example.name} A 192.0.2.99 --ttl 60 --wait${folderFlag}`,
    `  npx zonectl record list ${example.zone}${folderFlag}`,
    '  npx zonectl --help',
    'Ctrl-C stops it; the next start finds the data again.',
  ]
}

/** The next address of the documentation block 192.0.2.0/24 (RFC 5737), from .10 to .99. */
function nextAddress(address: string | undefined): string {
  const [, last] = /^192\.0\.2\.(\d+)$/.exec(address ?? '') ?? []
  const next = Number(last ?? 9) + 1
  return `192.0.2.${next >= 10 && next <= 99 ? next : 10}`
}

async function readyOf({ stdout }: ChildProcess): Promise<Up> {
  const [line] = (await once(createInterface({ input: stdout as Readable }), 'line')) as [string]
  return JSON.parse(line) as Up
}

/** Ctrl-C reaches the system by itself, since it is in our group; it says when it has stopped. */
function passSignalsOn(child: ChildProcess): void {
  process.on('SIGINT', () => (isStopping = true))
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      isStopping = true
      child.kill(signal)
    })
  }
}

function stopBecause(error: unknown): void {
  // A command that was cut short by Ctrl-C is no news, and a second signal would hurry the system.
  if (isStopping) return
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
  system.kill('SIGTERM')
}

/** A command whose output people see, bar and all. */
async function shown(...words: string[]): Promise<void> {
  const [status] = (await once(run(words, 'inherit'), 'exit')) as [number | null]
  if (status !== 0) throw new Error(`zonectl ${words.join(' ')} ended with ${status}`)
}

/** What a command prints. */
async function output(...words: string[]): Promise<string> {
  const child = run(words, 'pipe')
  const exit = once(child, 'exit') as Promise<[number | null]>
  const chunks: Buffer[] = []
  for await (const chunk of child.stdout as Readable) chunks.push(chunk as Buffer)
  const [status] = await exit
  if (status !== 0) throw new Error(`zonectl ${words.join(' ')} ended with ${status}`)
  return Buffer.concat(chunks).toString('utf8')
}

function run(words: readonly string[], stdout: 'inherit' | 'pipe'): ChildProcess {
  return spawn(process.execPath, [zonectl, ...words, ...folder], { stdio: ['ignore', stdout, 'inherit'] })
}

function say(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}
