/** Another seal key: whoever is killed on the way, every secret opens at each moment and ends under the new key. */
import { strict as assert } from 'node:assert'
import { existsSync, rmSync } from 'node:fs'
import { SealService } from '@zonecast/contract/generated/zonecast/system/v1/seal_service_pb'
import { TransferService } from '@zonecast/contract/generated/zonecast/transfer/v1/transfer_service_pb'
import { makeSealKey, readSealKeys, writeSealKeys } from '@zonecast/runtime/sealing'
import { afterAll, beforeAll, test } from 'vitest'
import { startSystem, type System } from '../lib/system.ts'
import { zonectl } from './zonectl.ts'

const count = 60
let system: System
const secrets = new Map<string, string>()

beforeAll(async () => {
  system = await startSystem({ edges: [], publishers: [] })
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const name = `key-${index}.example.`
      await system.client(TransferService).createTSIGKey({ name })
      secrets.set(name, await secretOf(name))
    }),
  )
})
afterAll(() => system?.close())

const secretOf = async (name: string) => (await system.client(TransferService).revealTSIGKey({ name })).secret

async function demandAll(): Promise<void> {
  for (const [name, secret] of secrets) assert.equal(await secretOf(name), secret, name)
}

/** Secrets by the id of their key. */
async function uses(): Promise<Record<string, number>> {
  const { keys } = await system.client(SealService).listSealKeys({})
  return Object.fromEntries(keys.map(({ id, secrets: number }) => [id, number]))
}

test('a zone API that is killed while it seals anew has sealed each secret under one of the two keys', async () => {
  const [old] = readSealKeys(system.sealKeyFile)
  const fresh = makeSealKey()
  writeSealKeys(system.sealKeyFile, [fresh, old!])
  let done = 0
  for (let kills = 0; kills < 3; kills++) {
    // Pieces of three; the zone API dies while one of them is on its way.
    const first = await system.client(SealService).resealSecrets({ pageSize: 3 })
    done += first.resealed
    const cut = system.client(SealService).resealSecrets({ pageSize: 3, pageToken: first.nextPageToken })
    const settled = Promise.allSettled([cut])
    await system.stop('zone-api', 'SIGKILL')
    await settled
    await system.start('zone-api')
    const now = await uses()
    assert.equal(now[fresh.id]! + now[old!.id]!, count)
    assert.ok(now[fresh.id]! >= done && now[fresh.id]! <= done + 3, JSON.stringify(now))
    done = now[fresh.id]!
  }
  await demandAll()
  assert.ok(done < count)
  const { code, out } = await zonectl(system, 'seal-key', 'reseal', '-o', 'json')
  assert.equal(code, 0)
  assert.deepEqual(JSON.parse(out), { resealed: count - done, unread: 0, sealKey: fresh.id })
  assert.deepEqual(await uses(), { [fresh.id]: count, [old!.id]: 0 })
})

test('a key that secrets need is not removed; one that none needs is, and all secrets stay', async () => {
  const [present, before] = readSealKeys(system.sealKeyFile)
  const refused = await zonectl(system, 'seal-key', 'remove', present!.id)
  const wayOut =
    /60 secrets are sealed under .*, which is the key that seals\n.*seal-key create, or seal-key first OTHER.*seal-key reseal/
  assert.deepEqual([refused.code, wayOut.test(refused.err)], [1, true], refused.err)
  assert.equal((await zonectl(system, 'seal-key', 'remove', before!.id)).code, 0)
  assert.deepEqual(await uses(), { [present!.id]: count })
  const alone = await zonectl(system, 'seal-key', 'remove', present!.id, '--force')
  assert.match(alone.err, /is the only key in .*seal-key create/)
  await demandAll()
})

test('a key that all zone APIs are to know first is put last, and sealed with once it is moved to the front', async () => {
  const [present] = readSealKeys(system.sealKeyFile)
  assert.equal((await zonectl(system, 'seal-key', 'create', '--last')).code, 0)
  const [first, last] = readSealKeys(system.sealKeyFile)
  assert.equal(first!.id, present!.id)
  await system.client(TransferService).createTSIGKey({ name: 'between.example' })
  assert.deepEqual(await uses(), { [present!.id]: count + 1, [last!.id]: 0 })
  assert.equal((await zonectl(system, 'seal-key', 'first', last!.id)).code, 0)
  await system.client(TransferService).deleteTSIGKey({ name: 'between.example' })
  const { code, out } = await zonectl(system, 'seal-key', 'reseal', '--reason', 'yearly')
  assert.equal(code, 0)
  assert.match(out, /resealed +60/)
  await demandAll()
})

test('a lost file is told of by its keys, and what is made under a new one is no worse for it', async () => {
  const [lost] = readSealKeys(system.sealKeyFile)
  rmSync(system.sealKeyFile)
  const refused = await zonectl(system, 'seal-key', 'create')
  const says = new RegExp(`is not there, and ${count} secrets are sealed under ${lost!.id}: put its copy back\n.*create --force`)
  assert.deepEqual([refused.code, says.test(refused.err)], [1, true], refused.err)
  assert.ok(!existsSync(system.sealKeyFile))
  await demandAll()
  assert.equal((await zonectl(system, 'seal-key', 'create', '--force')).code, 0)
  const list = await zonectl(system, 'seal-key', 'list')
  assert.match(list.out, new RegExp(`${lost!.id} +missing +${count}`))
  const reseal = await zonectl(system, 'seal-key', 'reseal')
  assert.deepEqual([reseal.code, /60 secrets stay as they are/.test(reseal.out)], [1, true], reseal.out)
  const secret = await zonectl(system, 'tsig-key', 'secret', 'key-1.example')
  assert.match(secret.err, new RegExp(`lacks the seal key ${lost!.id}`))
  assert.equal(secret.out, '')
  const { client } = system
  await client(TransferService).createTSIGKey({ name: 'after.example' })
  assert.equal(Buffer.from(await secretOf('after.example'), 'base64').length, 32)
})
