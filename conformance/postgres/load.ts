/** Writers over several zone APIs that note what they were told, and repeat under the same request id what ended without an answer. */
import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import { Code, ConnectError } from '@connectrpc/connect'
import { RetryInfoSchema } from '@zonecast/rpc'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import type { System } from '../lib/system.ts'

export interface Told {
  readonly owner: string
  readonly version: number
  readonly serial: number
}

export interface Load {
  /** What was acknowledged so far. */
  readonly told: readonly Told[]
  /** Calls that ended without an answer, by their code. */
  readonly failures: ReadonlyMap<Code, number>
  /** Settles when so many more have been acknowledged. */
  more(count: number): Promise<void>
  /** Settles when every change that was begun was acknowledged. */
  end(): Promise<void>
}

export interface LoadOptions {
  readonly system: System
  readonly zone: string
  readonly zoneApis: readonly string[]
  readonly writers: number
  readonly timeoutMs?: number
}

const pauseMs = 30

/** Each change puts a name of its own, so that it shows whether it was made once, twice or never. */
export function startLoad({ system, zone, zoneApis, writers, timeoutMs = 20_000 }: LoadOptions): Load {
  const told: Told[] = []
  const failures = new Map<Code, number>()
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []
  const state = { over: false }
  let next = 0

  async function write(writer: number): Promise<void> {
    while (!state.over) {
      const owner = `w${next++}`
      const changes = [{ operation: { case: 'put' as const, value: { name: owner, type: 'A', ttl: 60, values: ['192.0.2.7'] } } }]
      // Repeated at the next zone API: a request id is good at all of them.
      for (let attempt = 0; ; attempt++) {
        const client = system.client(RecordService, zoneApis[(writer + attempt) % zoneApis.length]!)
        try {
          const { effects } = await client.applyChanges({ zone, changes, requestId: owner }, { timeoutMs })
          const { version, serial } = effects[0]!.state!
          told.push({ owner, version: Number(version), serial })
          break
        } catch (error) {
          note(ConnectError.from(error))
          await sleep(pauseMs)
        }
      }
      for (const { resolve } of waiting.filter(({ count }) => told.length >= count)) resolve()
    }
  }

  function note(error: ConnectError): void {
    failures.set(error.code, (failures.get(error.code) ?? 0) + 1)
    // A program that is killed says nothing: then it is the client that speaks.
    assert.ok(error.code === Code.Unavailable || /stream was reset/.test(error.message), error.message)
    // What the client itself says of a program that is away has no details.
    if (/database/.test(error.message)) assert.equal(error.findDetails(RetryInfoSchema).length, 1, error.message)
  }

  const all = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  return {
    told,
    failures,
    async more(count) {
      const wanted = told.length + count
      await Promise.race([all, new Promise<void>((resolve) => waiting.push({ count: wanted, resolve }))])
    },
    async end() {
      state.over = true
      await all
    },
  }
}

/** Every change has a version and a serial of its own, without a gap, after those the zone had. */
export function checkTold(told: readonly Told[], before: { readonly version: number; readonly serial: number }): void {
  const after = (first: number) => Array.from({ length: told.length }, (_, i) => first + i + 1)
  const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)
  assert.deepEqual(sorted(told.map(({ version }) => version)), after(before.version))
  assert.deepEqual(sorted(told.map(({ serial }) => serial)), after(before.serial))
}
