/** Templates of zones: small rows, each write with its line in the audit log. */
import { ChangeLines } from './change-lines.ts'
import { type EngineParts, replayedOctets } from './engine-parts.ts'
import { Refused } from './refused.ts'
import type { TemplateTable } from './schema.ts'
import { type Db, pick, statement } from './statement.ts'
import type { DeleteTemplateInput, TemplateInput, TemplateRecord, TemplateStore, UpdateTemplateInput } from './template-port.ts'
import type { WriteContext } from './zone-database.ts'

/** So that the list of all fits a message. */
const mostTemplates = 1000

export class Templates implements TemplateStore {
  readonly #parts: EngineParts
  readonly #rows: ReturnType<typeof statements>
  readonly #lines: ChangeLines

  constructor(parts: EngineParts) {
    this.#parts = parts
    this.#rows = statements(parts.db)
    this.#lines = new ChangeLines(parts, 'tpl')
  }

  async getTemplate(name: string): Promise<TemplateRecord | undefined> {
    const [row] = await this.#rows.get({ name })
    return row && recordOf(row)
  }

  async listTemplates(): Promise<TemplateRecord[]> {
    return (await this.#rows.list({})).map(recordOf).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  async createTemplate(input: TemplateInput): Promise<TemplateRecord> {
    const method = 'CreateTemplate'
    const replay = await this.#replayed(method, input)
    if (replay) return replay
    const [counted] = await this.#rows.count({})
    if (Number(counted!.templates) >= mostTemplates) throw tooMany
    const now = this.#parts.now()
    const { name, definition } = input
    const row: TemplateTable = { name, definition, version: 1, created_at: now, changed_at: now }
    if ((await this.#rows.add(row)).length === 0) throw new Refused({ kind: 'exists', type: 'template', name })
    return this.#done(method, input, { name, before: '', after: definition }, recordOf(row))
  }

  async updateTemplate(input: UpdateTemplateInput): Promise<TemplateRecord> {
    const method = 'UpdateTemplate'
    const replay = await this.#replayed(method, input)
    if (replay) return replay
    const before = await this.#expect(input)
    const { name, definition } = input
    if (before.definition === definition) return this.#remember(method, input, recordOf(before))
    const row: TemplateTable = { ...before, definition, version: Number(before.version) + 1, changed_at: this.#parts.now() }
    if ((await this.#rows.set({ ...row, before: before.version })).length === 0) throw moved(name, 'it has just been changed')
    return this.#done(method, input, { name, before: before.definition, after: definition }, recordOf(row))
  }

  async deleteTemplate(input: DeleteTemplateInput): Promise<void> {
    const method = 'DeleteTemplate'
    if (await replayedOctets(this.#parts, method, input)) return
    const before = await this.#expect(input)
    const { name } = input
    if ((await this.#rows.drop({ name, before: before.version })).length === 0) throw moved(name, 'it has just been changed')
    await this.#done(method, input, { name, before: before.definition, after: '' }, recordOf(before))
  }

  /** The template, at the version that the caller expects. */
  async #expect({ name, expectedVersion }: Pick<DeleteTemplateInput, 'name' | 'expectedVersion'>): Promise<TemplateTable> {
    const [row] = await this.#rows.get({ name })
    if (!row) throw new Refused({ kind: 'not-found', type: 'template', name })
    if (expectedVersion !== 0n && BigInt(row.version) !== expectedVersion)
      throw moved(name, `it is at version ${row.version}, not ${expectedVersion}`)
    return row
  }

  async #done(
    method: string,
    context: WriteContext,
    { name, before, after }: { name: string; before: string; after: string },
    record: TemplateRecord,
  ): Promise<TemplateRecord> {
    await this.#lines.add(method, context, { subject: `template ${name}`, before, after })
    return this.#remember(method, context, record)
  }

  async #replayed(method: string, context: WriteContext): Promise<TemplateRecord | undefined> {
    const octets = await replayedOctets(this.#parts, method, context)
    if (!octets) return undefined
    const { version, ...record } = JSON.parse(Buffer.from(octets).toString('utf8')) as TemplateRecord & { version: string }
    return { ...record, version: BigInt(version) }
  }

  async #remember(method: string, context: WriteContext, record: TemplateRecord): Promise<TemplateRecord> {
    const text = JSON.stringify({ ...record, version: String(record.version) })
    await this.#parts.versions.remember(method, context, new Uint8Array(Buffer.from(text, 'utf8')))
    return record
  }
}

const tooMany = new Refused({
  kind: 'precondition',
  violations: [
    {
      field: 'name',
      reason: 'TOO_LARGE',
      subject: 'templates',
      message: `there are ${mostTemplates} templates, which is all there can be; delete one that is not used`,
    },
  ],
})

function moved(name: string, why: string): Refused {
  return new Refused({
    kind: 'moved',
    metadata: { template: name },
    message: `template ${name}: ${why}; read it again and retry`,
  })
}

function recordOf({ name, definition, version, created_at: createdAt, changed_at: changedAt }: TemplateTable): TemplateRecord {
  return { name, definition, version: BigInt(version), createdAtMs: Number(createdAt), changedAtMs: Number(changedAt) }
}

function statements(db: Db) {
  return {
    get: statement(db, (p: { name: string }) => db.selectFrom('templates').selectAll().where('name', '=', p.name)),
    list: statement(db, () => db.selectFrom('templates').selectAll()),
    count: statement(db, () => db.selectFrom('templates').select((e) => e.fn.countAll().as('templates'))),
    add: statement(db, (p: TemplateTable) =>
      db
        .insertInto('templates')
        .values(pick(p, ['name', 'definition', 'version', 'created_at', 'changed_at']))
        .onConflict((c) => c.column('name').doNothing())
        .returning('name'),
    ),
    // Somebody else may have been faster, where several share a database.
    set: statement(db, (p: TemplateTable & { before: number }) =>
      db
        .updateTable('templates')
        .set(pick(p, ['definition', 'version', 'changed_at']))
        .where('name', '=', p.name)
        .where('version', '=', p.before)
        .returning('name'),
    ),
    drop: statement(db, (p: { name: string; before: number }) =>
      db.deleteFrom('templates').where('name', '=', p.name).where('version', '=', p.before).returning('name'),
    ),
  }
}
