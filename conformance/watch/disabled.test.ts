/** A disabled zone is served by no edge, is followed all the same, and comes back with what was changed meanwhile. */
import { strict as assert } from 'node:assert'
import { RCODE } from '@zonecast/dns'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { afterEach, test } from 'vitest'
import { startSystem, type System } from '../lib/system.ts'
import { answered, publishZone, putRRset } from '../lib/zones.ts'

const zoneFile = (address: string) => `@ 60 IN SOA ns.example.net. hostmaster 1 14400 3600 1209600 300
@ 60 IN NS ns.example.net.
www 60 IN A ${address}
`
const zone = 'switched.example.'
let system: System
afterEach(() => system?.close())

/** What all threads say, to questions from sockets of their own. */
async function look(name: string): Promise<string> {
  const asked = await Promise.all(Array.from({ length: 8 }, () => system.dig('edge-1', name)))
  const said = asked.map(({ rcode, answers }) => (rcode === RCODE.NOERROR ? `${answers.length} answers` : `RCODE ${rcode}`))
  return [...new Set(said)].join()
}

async function setDisabled(disabled: boolean): Promise<void> {
  const zones = system.client(ZoneService)
  const { zone: before } = await zones.getZone({ zone })
  const settings = { ...before!.settings!, disabled }
  const { changeId } = await zones.updateZone({ zone, settings, expectedSettingsVersion: before!.settingsVersion })
  await answered(system, changeId)
}

for (const { name, options } of [
  { name: 'one process', options: {} },
  { name: 'threads', options: { env: { 'edge-1': { ZONECAST_DNS_WORKERS: '3' } } } },
]) {
  test(`a zone is disabled, edited and enabled again (${name})`, async () => {
    system = await startSystem(options)
    await publishZone(system, zone, zoneFile('192.0.2.1'))
    await publishZone(system, 'other.example.', zoneFile('192.0.2.1'))
    assert.equal(await look(`www.${zone}`), '1 answers')

    await setDisabled(true)
    assert.equal(await look(`www.${zone}`), `RCODE ${RCODE.REFUSED}`)
    assert.equal(await look('www.other.example.'), '1 answers')
    await answered(system, await putRRset(system, zone, 'new', 'A', ['192.0.2.2']))
    assert.equal(await look(`new.${zone}`), `RCODE ${RCODE.REFUSED}`)

    await system.stop('edge-1', 'SIGKILL')
    await system.start('edge-1')
    // What the edge has on disk says it, before any publisher does.
    await answered(system, await putRRset(system, 'other.example.', 'new', 'A', ['192.0.2.2']))
    assert.equal(await look(`www.${zone}`), `RCODE ${RCODE.REFUSED}`)

    await setDisabled(false)
    assert.equal(await look(`www.${zone}`), '1 answers')
    assert.equal(await look(`new.${zone}`), '1 answers')
    const { rrsets } = await system.client(RecordService).listRRsets({ zone, name: 'new' })
    assert.equal(rrsets.length, 1)
  })
}

test('below a disabled zone its parent answers, and above it the zones within it stay', async () => {
  system = await startSystem()
  await publishZone(system, 'example.', zoneFile('192.0.2.1'))
  await publishZone(system, zone, zoneFile('192.0.2.1'))
  await publishZone(system, `deep.${zone}`, zoneFile('192.0.2.1'))
  await setDisabled(true)
  assert.equal(await look(`www.${zone}`), `RCODE ${RCODE.NXDOMAIN}`)
  assert.equal(await look(`www.deep.${zone}`), '1 answers')
  await setDisabled(false)
  assert.equal(await look(`www.${zone}`), '1 answers')
})
