/** A zone API with a seal key file, for tests about secrets. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Code, ConnectError } from '@connectrpc/connect'
import { SealService } from '@zonecast/contract/generated/zonecast/system/v1/seal_service_pb'
import { TransferService } from '@zonecast/contract/generated/zonecast/transfer/v1/transfer_service_pb'
import { reasonsOf } from '@zonecast/rpc'
import { makeSealKey, writeSealKeys } from '@zonecast/runtime/sealing'
import { startTestServer } from './test-server.ts'

export type TestSealed = Awaited<ReturnType<typeof openTestSealed>>

export async function openTestSealed() {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-seal-'))
  const sealKeyFile = join(folder, 'seal.keys')
  const data = join(folder, 'data')
  const sealKey = makeSealKey()
  writeSealKeys(sealKeyFile, [sealKey])
  const server = await startTestServer(['edge1'], { sealKeyFile, data })
  return {
    server,
    data,
    sealKeyFile,
    /** The one in the file at first. */
    sealKey,
    keys: () => server.client(TransferService),
    seals: () => server.client(SealService),
    async close() {
      await server.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** The secret of a customer, as it is given. */
export const given = 'b2Ygb25lIGN1c3RvbWVyIGFuZCBubyBvdGhlciE='

/** Asserts a refusal by its code and reason, and that nothing of the secret is in it. */
export function refusal(code: Code, reason: string, says: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof ConnectError)
    assert.equal(error.code, code, error.message)
    assert.match(error.rawMessage, says)
    const reasons = reasonsOf(error)
    if (reason !== '') assert.ok(reasons.includes(reason), String(reasons))
    assert.ok(!error.message.includes(given.slice(0, 8)))
    return true
  }
}
