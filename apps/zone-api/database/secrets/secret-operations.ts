/** The operations about secrets. */
import type { EngineParts } from '../engine-parts.ts'
import type { SecretReads, SecretWrites } from './secret-port.ts'
import { SecretTables } from './secret-tables.ts'

export function secretOperations(parts: EngineParts): SecretReads & SecretWrites {
  const tables = new SecretTables(parts)
  return {
    getTSIGKey: (name) => tables.getTSIGKey(name),
    sealedTSIGKey: (name) => tables.sealedTSIGKey(name),
    listTSIGKeys: (page) => tables.listTSIGKeys(page),
    sealKeyCounts: () => tables.sealKeyCounts(),
    secretsNotUnder: (query) => tables.secretsNotUnder(query),
    createTSIGKey: (input) => tables.createTSIGKey(input),
    deleteTSIGKey: (input) => tables.deleteTSIGKey(input),
    revealTSIGKey: (input) => tables.revealTSIGKey(input),
    resealSecrets: (input) => tables.resealSecrets(input),
  }
}
