/** What threads are told of the configuration. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { configSchema } from '../config.ts'
import { responderSettings } from './responder.ts'

const config = (responsesPerSecond: number) =>
  configSchema.parse({
    data: 'none',
    edgeId: 'edge-1',
    dnsListen: ['127.0.0.1:0'],
    tokenFile: 'none',
    dnsRateLimit: { responsesPerSecond },
  })

for (const { limit, threads, each } of [
  { limit: 100, threads: 1, each: 100 },
  { limit: 100, threads: 4, each: 25 },
  { limit: 5, threads: 2, each: 3 },
  { limit: 1, threads: 8, each: 1 },
  { limit: 0, threads: 8, each: 0 },
])
  test(`a limit of ${limit} over ${threads} threads is ${each} in each`, () => {
    assert.equal(responderSettings(config(limit), threads).dnsRateLimit.responsesPerSecond, each)
  })
