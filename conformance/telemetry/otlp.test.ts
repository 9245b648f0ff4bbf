/** One trace of a change over all programs, at the OTLP receiver of the OpenTelemetry Collector. */
import { strict as assert } from 'node:assert'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, test } from 'vitest'
import { freePort } from '../lib/free-port.ts'
import { goProgram } from '../lib/programs.ts'
import { startSystem, type System } from '../lib/system.ts'
import { publishZone, smallZone } from '../lib/zones.ts'

interface Span {
  readonly service: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string
  readonly startNanos: number
  readonly endNanos: number
}

const zonectl = fileURLToPath(new URL('../../apps/zonectl/main.ts', import.meta.url))
const zone = 'traced.example.'
const zoneFile = `${smallZone}www 60 IN A 192.0.2.1\n`
const spans: Span[] = []
let arrived: () => void = () => {}
let receiver: ChildProcess
let otel: Record<string, string>
let system: System

beforeAll(async () => {
  const [grpc, http] = [await freePort(), await freePort()]
  receiver = spawn(goProgram('otlp-receiver'), [`127.0.0.1:${grpc}`, `127.0.0.1:${http}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: receiver.stdout! })
  const [first] = (await once(lines, 'line')) as [string]
  assert.equal(first, 'ready')
  lines.on('line', (line) => {
    spans.push(JSON.parse(line) as Span)
    arrived()
  })
  otel = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${http}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_BSP_SCHEDULE_DELAY: '50',
  }
  system = await startSystem({ env: { 'zone-api': otel, publisher: otel, 'edge-1': otel } })
  await publishZone(system, zone, zoneFile)
})
afterAll(async () => {
  await system?.close()
  receiver?.kill('SIGTERM')
})

function run(words: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const server = `http://127.0.0.1:${system.app('zone-api').ready.port}`
  const place = ['--server', server, '--token-file', join(system.folder, 'administrator.token')]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [zonectl, ...words, ...place], { env: { ...process.env, ...env } }, (error, out, err) =>
      error ? reject(new Error(err)) : resolve(out),
    )
  })
}

/** The first span of the trace with this name; waits until it has arrived. */
async function spanOf(traceId: string, name: string): Promise<Span> {
  for (;;) {
    const found = spans.find((span) => span.traceId === traceId && span.name === name)
    if (found) return found
    await new Promise<void>((resolve) => {
      arrived = resolve
    })
  }
}

test('the steps of a change are one trace, from the command to the answer, each span under its cause', async () => {
  const out = await run(['record', 'set', zone, 'www', 'A', '192.0.2.2', '--wait', '-o', 'json'], otel)
  const { changeId } = JSON.parse(out) as { changeId: string }
  const { traceId, steps } = JSON.parse(await run(['trace', changeId, '-o', 'json'], {})) as {
    traceId: string
    steps: { step: string; program: string; startMs: number; durationMs: number }[]
  }
  const span = (name: string) => spanOf(traceId, name)
  const root = await span('zonectl record set')
  assert.equal(root.parentId, '')
  for (const [name, service, cause] of [
    ['ApplyChanges', 'zone-api', 'zonectl record set'],
    ['edit', 'zone-api', 'ApplyChanges'],
    ['commit', 'zone-api', 'ApplyChanges'],
    ['announce', 'zone-api', 'ApplyChanges'],
    ['coalesce', 'publisher', 'announce'],
    ['compose', 'publisher', 'coalesce'],
    ['release', 'publisher', 'coalesce'],
    ['apply', 'edge-writer', 'coalesce'],
    ['answer', 'edge-writer', 'apply'],
    ['acknowledge', 'publisher', 'coalesce'],
  ] as const) {
    const [found, parent] = [await span(name), await span(cause)]
    assert.deepEqual([found.service, found.parentId], [service, parent.spanId], name)
    assert.ok(found.endNanos >= found.startNanos, name)
  }
  const known = steps.map(({ step }) => step)
  for (const step of ['edit', 'commit', 'announce', 'coalesce', 'compose', 'release', 'apply', 'answer', 'acknowledge'])
    assert.ok(known.includes(step), `zonectl trace knows ${step}: ${known.join()}`)
})

test('a trace that its beginning has not sampled is recorded nowhere, and zonectl trace knows its steps all the same', async () => {
  const off = { ...otel, OTEL_TRACES_SAMPLER: 'always_off' }
  const out = await run(['record', 'set', zone, 'www', 'A', '192.0.2.3', '--wait', '-o', 'json'], off)
  const { changeId } = JSON.parse(out) as { changeId: string }
  const { traceId, steps } = JSON.parse(await run(['trace', changeId, '-o', 'json'], {})) as { traceId: string; steps: object[] }
  assert.ok(steps.length > 5)
  const after = await run(['record', 'set', zone, 'www', 'A', '192.0.2.4', '--wait', '-o', 'json'], otel)
  const next = JSON.parse(await run(['trace', (JSON.parse(after) as { changeId: string }).changeId, '-o', 'json'], {})) as {
    traceId: string
  }
  await spanOf(next.traceId, 'answer')
  assert.deepEqual(
    spans.filter((span) => span.traceId === traceId),
    [],
  )
})
