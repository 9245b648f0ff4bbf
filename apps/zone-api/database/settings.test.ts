/** Settings as carried: what edges read of them is what the zone API wrote. */
import { strict as assert } from 'node:assert'
import { isDisabled } from '@zonecast/zone'
import { test } from 'vitest'
import { decodeSettings, encodeSettings } from './settings.ts'
import { defaultSettings } from './zone-database.ts'

test('settings are read back, and an edge sees whether the zone is disabled', () => {
  for (const disabled of [true, false]) {
    const settings = {
      ...defaultSettings,
      placement: 'north',
      guardPercent: 0,
      minTtl: 56,
      maxTtl: 1 << 30,
      disabled,
      historyDays: 90,
    }
    const octets = encodeSettings(settings)
    assert.deepEqual(decodeSettings(octets.slice()), settings)
    assert.equal(isDisabled(octets), disabled)
  }
})

test('settings of zones from before have the octets they had: their digests stay', () => {
  assert.equal(Buffer.from(encodeSettings({ ...defaultSettings })).toString('hex'), '0801120764656661756c74181e20901c')
})
