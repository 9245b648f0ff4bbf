/** What an edge follows is said by its principal: zones of placements that are new come, and nothing is removed (docs/operating/access.md). */
import { strict as assert } from 'node:assert'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { PrincipalKind } from '@zonecast/contract/generated/zonecast/access/v1/principal_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { RCODE } from '@zonecast/dns'
import { afterAll, beforeAll, test } from 'vitest'
import { startSystem, type System } from '../lib/system.ts'
import { until } from '../lib/until.ts'
import { importZone, smallZone } from '../lib/zones.ts'

const zones = { default: 'near.example.', far: 'far.example.' }
const edge = 'edge-1'
const name = 'wanderer'

let system: System
let token = ''
beforeAll(async () => {
  system = await startSystem({ edges: [edge] })
  for (const [placement, zone] of Object.entries(zones)) {
    await importZone(system.client(ZoneService), { zone }, smallZone)
    await system.client(ZoneService).updateZone({ zone, settings: { placement } })
  }
  const access = system.client(AccessService)
  await access.createPrincipal({ name, kind: PrincipalKind.EDGE, placements: ['far'] })
  token = (await access.createCredential({ principal: name, secret: { case: 'token', value: {} } })).token
  writeFileSync(join(system.folder, `${name}.token`), token, { mode: 0o600 })
  await startAs(name)
})
afterAll(() => system?.close())

/** Starts the edge's program as the wanderer, with an empty data folder. */
async function startAs(folder: string): Promise<void> {
  await system.stop(edge)
  const tokenFile = join(system.folder, `${name}.token`)
  const data = join(system.folder, folder)
  await system.start(edge, { ZONECAST_EDGE_ID: name, ZONECAST_TOKEN_FILE: tokenFile, ZONECAST_DATA: data })
}

/** Waits until the edge answers for the zones of these placements and refuses the others. */
async function follows(...placements: readonly string[]): Promise<void> {
  for (const [placement, zone] of Object.entries(zones)) {
    const wanted = placements.includes(placement) ? RCODE.NOERROR : RCODE.REFUSED
    await until(`${zone} is answered with ${wanted}`, async () => (await system.dig(edge, zone, 'SOA')).rcode === wanted)
  }
}

async function place(...placements: string[]): Promise<void> {
  const { account } = await system.client(AccessService).updatePrincipal({ name, placements: { placements } })
  assert.deepEqual(account?.placements, placements)
}

test('an edge follows the placements of its principal', () => follows('far'))

test('it gets the zones of a placement that is added', async () => {
  await place('far', 'default')
  await follows('far', 'default')
})

test('what it has of a placement that is taken away stays as it is, and is gone from an empty data folder', async () => {
  await place('default')
  // A publisher remembers for some seconds what it was told of a credential.
  const asked = system.client(AccessService, 'publisher', token)
  await until('the publisher knows of it', async () => String((await asked.whoAmI({})).principal?.placements) === 'default')
  await follows('far', 'default')
  await startAs(`${name}-2`)
  await follows('default')
})
