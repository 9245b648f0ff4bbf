/** What `zonectl up` tells its programs. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import type { DataFolder } from './data-folder.ts'
import { partsOf, portsFrom } from './parts.ts'

const folder = {
  of: (name: string) => `/data/${name}`,
  credentials: '/data/credentials',
  bootstrapFile: '/data/bootstrap.json',
  sealKeyFile: '/data/seal.keys',
} as DataFolder

function toldTo(app: string, env: NodeJS.ProcessEnv) {
  const part = partsOf(folder, portsFrom(undefined), { loopbacks: ['127.0.0.1'], env }).find((one) => one.app === app)
  return part!.variables(new Map())
}

test('a database, Kafka and history are settings of the programs that know them, as the commands beside `up` read them', () => {
  const env = {
    ZONECAST_DATABASE_URL: 'postgres://zonecast@127.0.0.1:5432/zonecast',
    ZONECAST_KAFKA_BROKERS: '127.0.0.1:9092',
    ZONECAST_HISTORY_DAYS: '30',
  }
  const zoneApi = toldTo('zone-api', env)
  assert.deepEqual(
    Object.keys(env).map((name) => zoneApi[name]),
    Object.values(env),
  )
  assert.equal(toldTo('publisher', env)['ZONECAST_KAFKA_BROKERS'], '127.0.0.1:9092')
  assert.equal(toldTo('publisher', env)['ZONECAST_DATABASE_URL'], undefined)
})

test('what `up` arranges itself is not taken from the environment', () => {
  const env = {
    ZONECAST_DATA: '/other',
    ZONECAST_DNS_LISTEN: '0.0.0.0:53',
    ZONECAST_DNS_WORKERS: '2',
    ZONECAST_TOKEN_FILE: '/my.token',
  }
  const edge = toldTo('edge-writer', env)
  assert.deepEqual(
    [edge['ZONECAST_DATA'], edge['ZONECAST_DNS_LISTEN'], edge['ZONECAST_DNS_WORKERS'], edge['ZONECAST_TOKEN_FILE']],
    ['/data/edge-1', '127.0.0.1:5300', '2', '/data/credentials/edge-1.token'],
  )
})

test('seal keys are those of the data folder, unless a file is named', () => {
  const variable = 'ZONECAST_SEAL_KEY_FILE'
  assert.equal(toldTo('zone-api', {})[variable], '/data/seal.keys')
  assert.equal(toldTo('zone-api', { [variable]: '/vault/keys' })[variable], '/vault/keys')
  for (const app of ['publisher', 'edge-writer']) assert.equal(toldTo(app, { [variable]: '/vault/keys' })[variable], undefined)
})
