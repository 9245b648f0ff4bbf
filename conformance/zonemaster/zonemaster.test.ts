/** Zonemaster finds nothing to warn of in zones that our edge serves, in a network namespace with an internet of its own. */
import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { afterAll, beforeAll, test } from 'vitest'
import { programEnvironment, programFlags } from '@zonecast/runtime'
import { program } from '../lib/programs.ts'
import { careless, rootAddresses, servers, signed, unsigned } from './zones.ts'

/** One message of Zonemaster. */
interface Entry {
  readonly level: string
  readonly tag: string
  readonly testcase?: string
}

const namespace = `zonecast-${process.pid}`
let entries: Record<string, Entry[]>

beforeAll(async () => {
  const ip = (...args: string[]) => program('ip', args)
  await ip('netns', 'add', namespace)
  await ip('-n', namespace, 'link', 'set', 'lo', 'up')
  const [root4, root6] = rootAddresses
  for (const address of [root4, ...servers.map(({ ipv4 }) => ipv4)])
    await ip('-n', namespace, 'address', 'add', `${address}/32`, 'dev', 'lo')
  for (const address of [root6, ...servers.map(({ ipv6 }) => ipv6)])
    await ip('-n', namespace, 'address', 'add', `${address}/128`, 'dev', 'lo', 'nodad')
  entries = await checkInside()
})

afterAll(() => program('ip', ['netns', 'delete', namespace]))

async function checkInside(): Promise<Record<string, Entry[]>> {
  const inside = new URL('inside.ts', import.meta.url).pathname
  const args = ['netns', 'exec', namespace, process.execPath, ...programFlags, inside]
  const child = spawn('ip', args, { env: { ...process.env, ...programEnvironment }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let failed = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (failed += chunk.toString()))
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => resolve())
  })
  const [, json] = /^entries (.*)$/m.exec(said) ?? []
  if (json === undefined) throw new Error(`Zonemaster did not run:\n${failed}${said}`)
  return JSON.parse(json) as Record<string, Entry[]>
}

for (const zone of [unsigned, signed])
  test(`${zone}: no WARNING, ERROR or CRITICAL`, () => {
    const found = entries[zone] ?? []
    assert.ok(found.length > 40, `only ${found.length} messages: it cannot have checked everything`)
    const bad = found.filter(({ level }) => ['WARNING', 'ERROR', 'CRITICAL'].includes(level))
    assert.deepEqual(bad, [])
  })

test(`${careless}: a zone with careless values is warned of, so that a clean run means something`, () => {
  const tags = (entries[careless] ?? []).filter(({ level }) => level === 'WARNING').map(({ tag }) => tag)
  assert.ok(tags.includes('EXPIRE_LOWER_THAN_REFRESH'), JSON.stringify(tags))
})
