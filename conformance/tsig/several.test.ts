/** Several zone APIs on one database, each with its own copy of the seal keys: what the page says of their order. */
import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { Code, ConnectError } from '@connectrpc/connect'
import { SealService } from '@zonecast/contract/generated/zonecast/system/v1/seal_service_pb'
import { TransferService } from '@zonecast/contract/generated/zonecast/transfer/v1/transfer_service_pb'
import { makeSealKey, readSealKeys, writeSealKeys } from '@zonecast/runtime/sealing'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, test } from 'vitest'
import { type PostgresServer, startPostgres } from '../lib/postgres.ts'
import { startSystem, type System } from '../lib/system.ts'

const names = ['zone-api', 'zone-api-2'] as const
const folder = mkdtempSync(join(tmpdir(), 'zonecast-seal-'))
const fileOfSecond = join(folder, 'seal.keys')
const [one, two, three] = [makeSealKey(), makeSealKey(), makeSealKey()]
let server: PostgresServer
let system: System

beforeAll(async () => {
  server = await startPostgres()
  writeSealKeys(fileOfSecond, [one])
  const env = { [names[1]]: { ZONECAST_SEAL_KEY_FILE: fileOfSecond } }
  const databaseUrl = await server.database('sealed')
  system = await startSystem({ zoneApis: names, databaseUrl, edges: [], publishers: [], env })
  writeSealKeys(system.sealKeyFile, [one])
})
afterAll(async () => {
  await system?.close()
  await server?.close()
  rmSync(folder, { recursive: true })
})

const transfer = (app: string) => system.client(TransferService, app)

async function demandSame(name: string): Promise<void> {
  const revealed = await Promise.all(names.map((app) => transfer(app).revealTSIGKey({ name })))
  assert.equal(revealed[0]!.secret, revealed[1]!.secret)
}

test('a key that every zone API knows before one seals with it refuses nobody', async () => {
  await transfer(names[0]).createTSIGKey({ name: 'before.example' })
  await demandSame('before.example')
  for (const file of [system.sealKeyFile, fileOfSecond]) writeSealKeys(file, [one, two])
  writeSealKeys(system.sealKeyFile, [two, one])
  const { key } = await transfer(names[0]).createTSIGKey({ name: 'between.example' })
  assert.equal(key?.sealKey, two.id)
  await demandSame('between.example')
  writeSealKeys(fileOfSecond, [two, one])
  // The one that was sealed under the old key; another zone API sees it at once.
  assert.equal((await system.client(SealService, names[1]).resealSecrets({})).resealed, 1)
  for (const name of ['before.example', 'between.example']) await demandSame(name)
})

test('one that lacks a key says which, answers all else, and goes on when it has it', async () => {
  writeSealKeys(system.sealKeyFile, [three, two])
  await transfer(names[0]).createTSIGKey({ name: 'early.example' })
  await assert.rejects(transfer(names[1]).revealTSIGKey({ name: 'early.example' }), (error) => {
    assert.ok(error instanceof ConnectError)
    assert.equal(error.code, Code.FailedPrecondition)
    assert.match(error.rawMessage, new RegExp(`${fileOfSecond} lacks the seal key ${three.id}`))
    return true
  })
  await demandSame('before.example')
  assert.equal((await transfer(names[1]).getTSIGKey({ name: 'early.example' })).key?.sealKey, three.id)
  writeSealKeys(fileOfSecond, readSealKeys(system.sealKeyFile))
  await demandSame('early.example')
})

test('of several that seal anew at once, each secret is done by one of them', async () => {
  const made = Array.from({ length: 30 }, (_, index) => `many-${index}.example`)
  await Promise.all(made.map((name, index) => transfer(names[index % 2]!).createTSIGKey({ name })))
  const count = (await transfer(names[0]).listTSIGKeys({})).keys.length
  const fresh = makeSealKey()
  for (const file of [system.sealKeyFile, fileOfSecond]) writeSealKeys(file, [fresh, three, two])
  const answers = await Promise.all(names.map((app) => system.client(SealService, app).resealSecrets({ pageSize: 1000 })))
  assert.equal(
    answers.reduce((sum, { resealed }) => sum + resealed, 0),
    count,
  )
  for (const name of made) await demandSame(name)
})
