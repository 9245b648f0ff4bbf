/** A stream of more zones than its answer has room for is refused, and what was finished before stays. */
import assert from 'node:assert/strict'
import { Code, ConnectError } from '@connectrpc/connect'
import { afterEach, beforeEach, test } from 'vitest'
import { refusal } from './test-access.ts'
import { apexLines, data, header, openTestZones, type Part, stream, type TestZones } from './test-zones.ts'

let on: TestZones
beforeEach(async () => {
  on = await openTestZones({ outcomesOctets: 4_000 })
})
afterEach(() => on.close())

function* zonesOf(count: number): Generator<Part> {
  for (let at = 0; at < count; at++) {
    yield header(`zone-${at}.example`)
    yield data(apexLines)
  }
}

test('the zone too many ends the stream with resource_exhausted and says what to do', async () => {
  const { zones } = on
  const refused = await refusal(zones.importZone(stream(zonesOf(1_000))))
  assert.equal(refused.code, Code.ResourceExhausted)
  assert.match(refused.rawMessage, /more than \d+ zones do not fit an answer; send the others in a stream of their own/)
  const { zone } = await zones.getZone({ zone: 'zone-0.example' })
  assert.equal(zone?.state?.version, 1n)
  const missing = await zones.getZone({ zone: 'zone-999.example' }).catch((error: unknown) => ConnectError.from(error).code)
  assert.equal(missing, Code.NotFound)
})

test('as many as there is room for are answered', async () => {
  const { zones } = on
  const { outcomes } = await zones.importZone(stream(zonesOf(10)))
  assert.equal(outcomes.filter(({ effect }) => effect?.changed === true).length, 10)
})
