/** Kafka's settings as programs read them from their environment. */
import { strict as assert } from 'node:assert'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '@zonecast/runtime'
import { test } from 'vitest'
import { z } from 'zod'
import { kafkaSchema, usesTLS } from './kafka-settings.ts'

const password = join(mkdtempSync(join(tmpdir(), 'zonecast-kafka-')), 'password')
writeFileSync(password, 'a-secret\n')
const read = (env: Record<string, string>) => loadConfig(z.object({ kafka: kafkaSchema }), { env }).kafka
const user = {
  ZONECAST_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
  ZONECAST_KAFKA_SASL_USER: 'zonecast',
  ZONECAST_KAFKA_SASL_PASSWORD_FILE: password,
}

test('without brokers there is no Kafka, and the rest has defaults', () => {
  const { brokers, topic, partitions, tls } = read({})
  assert.deepEqual([brokers, topic, partitions, tls], [[], 'zonecast.zone-events', 12, false])
})

test('brokers are a list, a password stands in a file, and an authority means TLS', () => {
  const settings = read({
    ...user,
    ZONECAST_KAFKA_BROKERS: 'a.example:9093, [2001:db8::1]:9093',
    ZONECAST_KAFKA_TLS_CA_FILE: '/ca.pem',
  })
  assert.deepEqual(settings.brokers, ['a.example:9093', '[2001:db8::1]:9093'])
  assert.equal(settings.saslPassword, 'a-secret')
  assert.equal(usesTLS(settings), true)
})

for (const { name, env } of [
  { name: 'a broker without a port', env: { ZONECAST_KAFKA_BROKERS: 'a.example' } },
  { name: 'a topic that Kafka does not take', env: { ZONECAST_KAFKA_TOPIC: 'a topic' } },
  { name: 'a mechanism without a user', env: { ZONECAST_KAFKA_SASL_MECHANISM: 'PLAIN' } },
  { name: 'a mechanism that is not known', env: { ...user, ZONECAST_KAFKA_SASL_MECHANISM: 'GUESS' } },
  {
    name: 'a password in clear text to another machine',
    env: { ...user, ZONECAST_KAFKA_BROKERS: '127.0.0.1:9092,a.example:9092' },
  },
])
  test(`refuses ${name}`, () => assert.throws(() => read(env), /wrong configuration/))

test('a password goes in clear text to this machine', () =>
  assert.equal(read({ ...user, ZONECAST_KAFKA_BROKERS: '127.0.0.1:9092,localhost:1,[::1]:2' }).brokers.length, 3))

test('every setting stands in docs/operating/kafka.md', () => {
  const page = readFileSync(new URL('../../docs/operating/kafka.md', import.meta.url), 'utf8')
  const fields = Object.keys(kafkaSchema.def.innerType.shape)
  assert.ok(fields.length > 10)
  for (const field of fields) {
    const variable = `ZONECAST_KAFKA_${field.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
    assert.ok(page.includes(`\`${variable}`), variable)
  }
})
