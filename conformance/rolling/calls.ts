/** Calls that go on and on through one client; each is made once here, so that one that fails was given up by the client. */
import { EventEmitter, once } from 'node:events'
import { Code, ConnectError } from '@connectrpc/connect'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcClient, type RpcTransport } from '@zonecast/rpc'
import type { Told } from '../postgres/load.ts'

export interface Failed {
  readonly what: 'change' | 'change without an id' | 'read'
  readonly code: string
  readonly message: string
}

export interface Outcome {
  readonly told: readonly Told[]
  /** Owner names of acknowledged changes without an id, in a zone of their own. */
  readonly toldWithoutId: readonly string[]
  readonly failed: readonly Failed[]
  readonly lastId: string
}

export interface CallsOptions {
  readonly transport: RpcTransport
  readonly zone: string
  /** Changed without request ids: what became of one that fails is not known. */
  readonly otherZone: string
  readonly writers: number
}

/** Each change puts a name of its own. */
export function startCalls({ transport, zone, otherZone, writers }: CallsOptions) {
  const records = createRpcClient(RecordService, transport)
  const zones = createRpcClient(ZoneService, transport)
  const told: Told[] = []
  const toldWithoutId: string[] = []
  const failed: Failed[] = []
  const done = new EventEmitter()
  const state = { over: false, lastId: '', next: 0 }

  async function again(what: Failed['what'], call: (owner: string) => Promise<void>): Promise<void> {
    while (!state.over) {
      try {
        await call(`w${state.next++}`)
        done.emit(what)
      } catch (error) {
        const { code, message } = ConnectError.from(error)
        failed.push({ what, code: Code[code], message })
      }
    }
  }
  const changes = (name: string) => [
    { operation: { case: 'put' as const, value: { name, type: 'A', ttl: 60, values: ['192.0.2.7'] } } },
  ]
  const change = async (owner: string) => {
    const { effects, changeId } = await records.applyChanges({ zone, changes: changes(owner), requestId: owner })
    const { version, serial } = effects[0]!.state!
    told.push({ owner, version: Number(version), serial })
    state.lastId = changeId
  }
  const changeWithoutId = async (owner: string) => {
    await records.applyChanges({ zone: otherZone, changes: changes(owner) })
    toldWithoutId.push(owner)
  }
  const running = Promise.all([
    ...Array.from({ length: writers }, () => again('change', change)),
    again('change without an id', changeWithoutId),
    again('read', async () => void (await zones.getZone({ zone }))),
  ])
  return {
    /** Resolves once so many more changes are acknowledged. */
    async more(count: number): Promise<void> {
      for (let left = count; left > 0; left--) await once(done, 'change')
    },
    /** Resolves when all that was begun has ended. */
    async end(): Promise<Outcome> {
      state.over = true
      await running
      return { told, toldWithoutId, failed, lastId: state.lastId }
    },
  }
}
