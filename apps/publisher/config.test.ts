/** What a publisher is told, and what it refuses to be told. */
import { strict as assert } from 'node:assert'
import { loadConfig } from '@zonecast/runtime'
import { test } from 'vitest'
import { configSchema } from './config.ts'

const read = (env: Record<string, string>) => loadConfig(configSchema, { env: { ZONECAST_TOKEN_FILE: 't', ...env } })

test('defaults are those of one machine', () => {
  const { port, zoneApiUrl, shards, publisherId } = read({})
  assert.deepEqual([port, zoneApiUrl, shards.length, publisherId], [8054, ['http://127.0.0.1:8053'], 64, 'publisher-1'])
})

test('shards are numbers and ranges', () => assert.deepEqual(read({ ZONECAST_SHARDS: '0-2,63,1' }).shards, [0, 1, 2, 63]))

test('addresses of the zone API are a list', () => {
  assert.deepEqual(read({ ZONECAST_ZONE_API_URL: 'http://a:1,http://b:2' }).zoneApiUrl, ['http://a:1', 'http://b:2'])
})

for (const { name, env } of [
  { name: 'a shard that is not there', env: { ZONECAST_SHARDS: '0-64' } },
  { name: 'no shard', env: { ZONECAST_SHARDS: '5-2' } },
  { name: 'a port that is none', env: { ZONECAST_PORT: '70000' } },
  { name: 'a variable that is not known', env: { ZONECAST_SHARD: '1' } },
])
  test(`refuses ${name}`, () => assert.throws(() => read(env), /wrong configuration/))
