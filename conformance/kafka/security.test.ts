/** Brokers that ask for TLS and a password; and what happens to a wrong one. */
import { strict as assert } from 'node:assert'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, test } from 'vitest'
import { zoneFile } from '../faults/zones.ts'
import { startKafka, type KafkaBroker } from '../lib/kafka.ts'
import { metric } from '../lib/metric.ts'
import { startSystem, type System } from '../lib/system.ts'
import { answered, publishZone, putRRset } from '../lib/zones.ts'
import { until, untilConnected } from './until.ts'

const secure = { user: 'zonecast', password: 'a-secret' }
const zone = 'secure.example.'
let broker: KafkaBroker
let system: System

beforeAll(async () => {
  broker = await startKafka({ secure })
  const passwordFile = join(broker.caFile, '..', 'password')
  writeFileSync(passwordFile, `${secure.password}\n`)
  const kafka = (mechanism: string) => ({
    ZONECAST_KAFKA_BROKERS: broker.address,
    ZONECAST_KAFKA_TLS_CA_FILE: broker.caFile,
    ZONECAST_KAFKA_SASL_MECHANISM: mechanism,
    ZONECAST_KAFKA_SASL_USER: secure.user,
    ZONECAST_KAFKA_SASL_PASSWORD_FILE: passwordFile,
  })
  system = await startSystem({ env: { 'zone-api': kafka('SCRAM-SHA-256'), publisher: kafka('PLAIN') } })
})
afterAll(async () => {
  await system?.close()
  await broker?.close()
})

test('a change is answered over brokers with TLS, SCRAM and PLAIN', async () => {
  await untilConnected(system)
  await publishZone(system, zone, zoneFile(1))
  await answered(system, await putRRset(system, zone, 'www', 'A', ['192.0.2.1']))
  assert.ok((await metric(system, 'publisher', 'zonecast_publisher_events_total')) >= 2)
})

for (const { name, variable, said, address } of [
  { name: 'a wrong password', variable: { ZONECAST_KAFKA_SASL_USER: 'somebody' }, said: /authenti/i, address: '192.0.2.2' },
  {
    name: 'an authority that did not sign',
    variable: { ZONECAST_KAFKA_TLS_CA_FILE: '/etc/ssl/certs/ca-certificates.crt' },
    said: /certificate/i,
    address: '192.0.2.3',
  },
])
  test(`${name} is said in the log, and changes are taken and answered nevertheless`, async () => {
    await system.stop('zone-api')
    await system.start('zone-api', variable)
    await until(system, 'zone-api', 'zonecast_relay_failures_total', (value) => value > 0)
    const line = system.app('zone-api').log.find((one) => one.includes('the event log is away')) ?? ''
    assert.match(line, said)
    assert.ok(!line.includes(secure.password))
    await answered(system, await putRRset(system, zone, 'www', 'A', [address]))
  })
