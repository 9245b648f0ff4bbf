/** The answer to an import stays below 1 MiB, whatever it lists. */
import { strict as assert } from 'node:assert'
import { create, toBinary } from '@bufbuild/protobuf'
import {
  type ImportOutcome,
  ImportOutcomeSchema,
  ImportZoneResponseSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { test } from 'vitest'
import { AnswerRoom } from './import-answer.ts'

const mebibyte = 1 << 20

function outcomeOf(zone: string, errorCount = 0): ImportOutcome {
  const digest = new Uint8Array(32).fill(7)
  const error = { line: 1, column: 1, text: 'x'.repeat(200), message: 'm'.repeat(300), reason: 'ZONE_FILE_SYNTAX' }
  return create(ImportOutcomeSchema, {
    zone,
    changeId: `chg_${'0'.repeat(26)}`,
    effect: {
      zone,
      state: { generation: 1_700_000_000_000n, version: 1n, serial: 2_000_000_000, digest, digestAlgorithm: 1 },
      added: 40n,
      changed: true,
    },
    rrCount: 41n,
    errors: Array.from({ length: errorCount }, () => error),
    errorCount: BigInt(errorCount),
  })
}

/** Finishes zones one by one until there is no room for another, or there were enough. */
function fill(most: number, outcome: (at: number) => ImportOutcome): { outcomes: ImportOutcome[]; octets: number } {
  const room = new AnswerRoom()
  const finished: ImportOutcome[] = []
  while (finished.length < most && room.begin()) finished.push(room.finished(outcome(finished.length)))
  const outcomes = room.fitted(finished)
  return { outcomes, octets: toBinary(ImportZoneResponseSchema, create(ImportZoneResponseSchema, { outcomes })).length }
}

test('ten thousand zones fit one answer, each with its change and version', () => {
  const { outcomes, octets } = fill(10_000, (at) => outcomeOf(`zone-${at}.example.`))
  assert.equal(outcomes.length, 10_000)
  assert.ok(octets < mebibyte, `${octets} octets`)
  const { zone, changeId, effect } = outcomes[9_999]!
  assert.deepEqual([zone, effect?.zone, effect?.state?.digest.length], ['', '', 0])
  assert.deepEqual([changeId.length, effect?.state?.version, effect?.changed], [30, 1n, true])
})

test('a few zones keep names and digests', () => {
  const { outcomes } = fill(1_000, (at) => outcomeOf(`zone-${at}.example.`))
  assert.equal(outcomes[999]?.effect?.zone, 'zone-999.example.')
  assert.equal(outcomes[999]?.effect?.state?.digest.length, 32)
})

test('errors are listed while there is room, and always counted', () => {
  const { outcomes, octets } = fill(9_000, (at) => outcomeOf(`zone-${at}.example.`, 3))
  assert.ok(octets < mebibyte, `${octets} octets`)
  assert.equal(outcomes[0]?.errors.length, 3)
  assert.deepEqual([outcomes[8_999]?.errors.length, outcomes[8_999]?.errorCount], [0, 3n])
})

test('long names never make the answer too large, and the zones that do not fit are refused', () => {
  const { outcomes, octets } = fill(100_000, (at) => outcomeOf(`${'n'.repeat(200)}.${at}.`))
  assert.ok(outcomes.length > 10_000 && outcomes.length < 100_000, `${outcomes.length} zones`)
  assert.ok(octets < mebibyte, `${octets} octets`)
})
