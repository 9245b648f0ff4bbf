/** What every database engine must do. */
import { test } from 'vitest'
import { accessLaws } from './suite/access.ts'
import { changeSetLaws } from './suite/change-sets.ts'
import { changeLaws } from './suite/changes.ts'
import { contentLaws } from './suite/contents.ts'
import { credentialLaws } from './suite/credentials.ts'
import { historyLaws } from './suite/history.ts'
import { backupLaws } from './suite/backup.ts'
import type { Law, UnderTest } from './suite/laws.ts'
import { leaseLaws } from './suite/leases.ts'
import { noteLaws } from './suite/notes.ts'
import { lineageLaws } from './suite/lineage.ts'
import { placeLaws } from './suite/places.ts'
import { quotaLaws } from './suite/quotas.ts'
import { relayedLaws } from './suite/relayed.ts'
import { secretLaws } from './suite/secrets.ts'
import { templateLaws } from './suite/templates.ts'
import { zoneLaws } from './suite/zones.ts'

export interface EngineUnderTest extends UnderTest {
  close(): Promise<void>
}

/** Runs the suite against one engine, with a fresh database for each law. */
export function databaseSuite(name: string, open: () => Promise<EngineUnderTest>): void {
  const laws: Law[] = [
    ...changeLaws,
    ...changeSetLaws,
    ...zoneLaws,
    ...contentLaws,
    ...historyLaws,
    ...relayedLaws,
    ...leaseLaws,
    ...templateLaws,
    ...noteLaws,
    ...lineageLaws,
    ...accessLaws,
    ...credentialLaws,
    ...placeLaws,
    ...quotaLaws,
    ...secretLaws,
    ...backupLaws,
  ]
  for (const [law, holds] of laws) {
    test(`${name}: ${law}`, async () => {
      const state = await open()
      try {
        await holds(state)
      } finally {
        await state.close()
      }
    })
  }
}
