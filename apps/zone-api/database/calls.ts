/** Calls as jobs of the database's thread. */
import type { Operations } from './engine.ts'
import type { Job, Outcome } from './group-commit.ts'
import type { Outbound } from './outbound.ts'
import { unpackOps } from './packed-ops.ts'
import type { Call, PackedApplyInput } from './protocol.ts'
import { writes } from './engine.ts'
import type { RangeAnswer } from './zone-database.ts'

const writing: ReadonlySet<string> = new Set(writes)
/** Pieces of large contents, and tidying: nobody waits for one of them by the millisecond. */
const bulk: ReadonlySet<string> = new Set<keyof Operations>(['writeStage', 'writeStageDelta', 'purgeHistory', 'maintain'])

export function jobFor(operations: Operations, { id, operation, args }: Call, outbound: Outbound): Job {
  const call = callOf(operations, operation)
  const isWrite = writing.has(operation)
  return {
    kind: bulk.has(operation) ? 'bulk' : isWrite ? 'write' : 'read',
    octets: isWrite ? octetsOf(args) : 0,
    run: () => call(...args),
    done(outcome) {
      outbound.answer(id, outcome, operation === 'readRange' ? buffersOf(outcome) : [])
    },
  }
}

function callOf(operations: Operations, operation: keyof Operations): (...args: readonly unknown[]) => Promise<unknown> {
  // Unpacked when its turn has come: what waits is one array.
  if (operation === 'applyChanges') {
    return (packed) => {
      const input = packed as PackedApplyInput
      return operations.applyChanges({ ...input, ops: unpackOps(input.ops) })
    }
  }
  return operations[operation] as (...args: readonly unknown[]) => Promise<unknown>
}

/** Pages that were read for the caller alone need not be copied on their way to it. */
function buffersOf(outcome: Outcome): ArrayBuffer[] {
  if (!('value' in outcome)) return []
  return (outcome.value as RangeAnswer).pages.map(({ content }) => content.buffer as ArrayBuffer)
}

/** About how much a call writes: the octets in its arguments. */
function octetsOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length
  if (typeof value !== 'object' || value === null) return 8
  let octets = 0
  for (const part of Object.values(value)) octets += octetsOf(part)
  return octets
}
