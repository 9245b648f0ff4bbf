/** All migrations, in order. One that has landed is never edited: databases that ran it do not run it again. */
import type { Migration } from './migration.ts'
import { zones } from './0001-zones.ts'
import { oneRowAChange } from './0002-one-row-a-change.ts'
import { runsOfStages } from './0003-runs-of-stages.ts'
import { relayPositions } from './0004-relay-positions.ts'
import { history } from './0006-history.ts'
import { serialFloors } from './0007-serial-floors.ts'
import { templatesAndNotes } from './0008-templates-and-notes.ts'
import { edges } from './0009-edges.ts'
import { leases } from './0010-leases.ts'
import { piecesOfVersions } from './0011-pieces-of-versions.ts'
import { access } from './0012-access.ts'
import { quotas } from './0013-quotas.ts'
import { zoneTags } from './0014-zone-tags.ts'
import { secrets } from './0015-secrets.ts'
import { faultsOfCredentials } from './0016-faults-of-credentials.ts'

export { type EngineTypes, migrate, migrateWithin, migrationsOf, SchemaTooNew, sqliteTypes } from './migration.ts'
export const migrations: readonly Migration[] = [
  zones,
  oneRowAChange,
  runsOfStages,
  relayPositions,
  history,
  serialFloors,
  templatesAndNotes,
  edges,
  leases,
  piecesOfVersions,
  access,
  quotas,
  zoneTags,
  secrets,
  faultsOfCredentials,
]
