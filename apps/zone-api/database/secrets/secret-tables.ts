/** TSIG keys and their sealed secrets: each write with its line in the audit log, which has no secret. */
import { parseName } from '@zonecast/dns'
import { ownerKey } from '@zonecast/zone'
import { ChangeLines } from '../change-lines.ts'
import { type EngineParts, replayedOctets } from '../engine-parts.ts'
import { Refused } from '../refused.ts'
import type { SecretTable, TSIGKeyTable } from '../schema.ts'
import type { WriteContext } from '../write-port.ts'
import type {
  CreateTSIGKeyInput,
  ResealInput,
  SealedSecret,
  SealedTSIGKey,
  SealKeyCount,
  SecretReads,
  SecretsQuery,
  SecretWrites,
  TSIGKeyRecord,
} from './secret-port.ts'
import { type SecretStatements, secretStatements } from './secret-statements.ts'

const mostKeys = 10_000
const tsig = 'tsig'

export class SecretTables implements SecretReads, SecretWrites {
  readonly #parts: EngineParts
  readonly #rows: SecretStatements
  readonly #lines: ChangeLines

  constructor(parts: EngineParts) {
    this.#parts = parts
    this.#rows = secretStatements(parts.db)
    this.#lines = new ChangeLines(parts, 'sec')
  }

  async getTSIGKey(name: string): Promise<TSIGKeyRecord | undefined> {
    return (await this.sealedTSIGKey(name))?.key
  }

  async sealedTSIGKey(name: string): Promise<SealedTSIGKey | undefined> {
    const [row] = await this.#rows.key({ sort_key: sortKey(name) })
    return row && { key: recordOf(row), sealed: row.sealed }
  }

  async listTSIGKeys({ after, limit }: { after?: string; limit: number }): Promise<TSIGKeyRecord[]> {
    const begin = after === undefined ? new Uint8Array() : sortKey(after)
    return (await this.#rows.keys({ after: begin, limit })).map(recordOf)
  }

  async sealKeyCounts(): Promise<SealKeyCount[]> {
    return (await this.#rows.counts({})).map(({ seal_key: sealKey, secrets }) => ({ sealKey, secrets: Number(secrets) }))
  }

  async secretsNotUnder({ sealKey, after, limit }: SecretsQuery): Promise<SealedSecret[]> {
    const begin = after ? { kind: after.kind, after: sortKey(after.name) } : { kind: '', after: new Uint8Array() }
    return this.#rows.notUnder({ seal_key: sealKey, ...begin, limit })
  }

  async createTSIGKey(input: CreateTSIGKeyInput): Promise<TSIGKeyRecord> {
    const method = 'CreateTSIGKey'
    const octets = await replayedOctets(this.#parts, method, input)
    if (octets) return JSON.parse(Buffer.from(octets).toString('utf8')) as TSIGKeyRecord
    const { name, algorithm, secretOctets, sealKey, sealed, principal } = input
    const [counted] = await this.#rows.countKeys({})
    if (Number(counted!.keys) >= mostKeys) throw tooMany
    const sort_key = sortKey(name)
    const made = { created_at: this.#parts.now(), created_by: principal }
    const row: TSIGKeyTable = { sort_key, name, algorithm, secret_octets: secretOctets, ...made }
    if ((await this.#rows.addKey(row)).length === 0) throw isThere(name)
    await this.#rows.addSecret({ kind: tsig, sort_key, name, seal_key: sealKey, sealed })
    const record = recordOf({ ...row, seal_key: sealKey })
    await this.#lines.add(method, input, { subject: `TSIG key ${name}`, after: told(record) })
    await this.#parts.versions.remember(method, input, new Uint8Array(Buffer.from(JSON.stringify(record), 'utf8')))
    return record
  }

  async deleteTSIGKey(input: WriteContext & { readonly name: string }): Promise<void> {
    const method = 'DeleteTSIGKey'
    if (await replayedOctets(this.#parts, method, input)) return
    const { name } = input
    const { key } = await this.#known(name)
    const place = { kind: tsig, sort_key: sortKey(name) }
    if ((await this.#rows.dropKey(place)).length === 0) throw unknown(name)
    await this.#rows.dropSecret(place)
    await this.#lines.add(method, input, { subject: `TSIG key ${name}`, before: told(key) })
    await this.#parts.versions.remember(method, input, new Uint8Array([1]))
  }

  async revealTSIGKey(input: WriteContext & { readonly name: string }): Promise<SealedTSIGKey> {
    const found = await this.#known(input.name)
    await this.#lines.add('RevealTSIGKey', input, { subject: `secret of TSIG key ${input.name} revealed` })
    return found
  }

  async resealSecrets(input: ResealInput): Promise<number> {
    const { sealKey: seal_key, secrets } = input
    let resealed = 0
    for (const { kind, name, before, after } of secrets) {
      const row: SecretTable = { kind, sort_key: sortKey(name), name, seal_key, sealed: after }
      resealed += (await this.#rows.reseal({ ...row, before })).length
    }
    if (resealed > 0)
      await this.#lines.add('ResealSecrets', input, { subject: 'sealed secrets', after: { resealed, sealKey: seal_key } })
    return resealed
  }

  async #known(name: string): Promise<SealedTSIGKey> {
    const found = await this.sealedTSIGKey(name)
    if (!found) throw unknown(name)
    return found
  }
}

const tooMany = new Refused({
  kind: 'precondition',
  violations: [
    {
      field: 'name',
      reason: 'TOO_LARGE',
      subject: 'TSIG keys',
      message: `there are ${mostKeys} TSIG keys, which is all there can be; delete one that is not used`,
    },
  ],
})

function isThere(name: string): Refused {
  const message = `the TSIG key ${name} exists already; choose another name, or delete it first`
  return new Refused({ kind: 'exists', type: 'TSIG key', name, message })
}

function unknown(name: string): Refused {
  return new Refused({ kind: 'not-found', type: 'TSIG key', name })
}

function sortKey(name: string): Uint8Array {
  return ownerKey(0, parseName(name))
}

function told({ algorithm, secretOctets, sealKey }: TSIGKeyRecord): object {
  return { algorithm, secretOctets, sealKey }
}

function recordOf(row: TSIGKeyTable & { seal_key: string }): TSIGKeyRecord {
  const { name, algorithm, secret_octets: secretOctets, seal_key: sealKey, created_at, created_by: createdBy } = row
  return { name, algorithm, secretOctets, sealKey, createdAtMs: Number(created_at), createdBy }
}
