/** What is packed is unpacked as it was. */
import { strict as assert } from 'node:assert'
import { parseName } from '@zonecast/dns'
import type { ChangeOp } from '@zonecast/zone'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { packOps, unpackOps } from './packed-ops.ts'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength })
const target = {
  field: fc.nat(9999).map((at) => `changes[${at}].put`),
  owner: fc.constantFrom('.', 'a.', 'www.example.', `${'n'.repeat(63)}.example.`).map((text) => parseName(text)),
  type: fc.nat(0xffff),
}
const rdatas = fc.array(bytes(300), { maxLength: 4 })
const ttl = fc.constantFrom(0, 60, 2 ** 31 - 1, 2 ** 32 - 1, -1, 0.5)
const op: fc.Arbitrary<ChangeOp> = fc.oneof(
  fc.record(
    { kind: fc.constantFrom('put', 'add'), ...target, rdatas, ttl },
    { requiredKeys: ['kind', 'field', 'owner', 'type', 'rdatas'] },
  ),
  fc.record({ kind: fc.constant('remove' as const), ...target, rdatas }),
  fc.record({ kind: fc.constant('delete' as const), ...target }),
) as fc.Arbitrary<ChangeOp>

const plain = (ops: readonly ChangeOp[]) =>
  ops.map((one) => ({
    ...one,
    owner: [...one.owner],
    ...('rdatas' in one && { rdatas: one.rdatas.map((rdata) => [...rdata]) }),
  }))

test('steps come out of the buffer as they went in', () => {
  fc.assert(
    fc.property(fc.array(op, { maxLength: 20 }), (ops) => {
      const { octets, fields } = packOps(ops)
      // In a larger buffer, as views of messages are.
      const moved = new Uint8Array(octets.length + 3)
      moved.set(octets, 3)
      assert.deepEqual(plain(unpackOps({ octets: moved.subarray(3), fields })), plain(ops))
    }),
  )
})
