/** The port to templates: what zones are made with, under a name. */
import type { WriteContext } from './zone-database.ts'

export interface TemplateStore {
  getTemplate(name: string): Promise<TemplateRecord | undefined>
  /** In the order of their names. */
  listTemplates(): Promise<TemplateRecord[]>
  createTemplate(input: TemplateInput): Promise<TemplateRecord>
  updateTemplate(input: UpdateTemplateInput): Promise<TemplateRecord>
  deleteTemplate(input: DeleteTemplateInput): Promise<void>
}

export interface TemplateRecord {
  readonly name: string
  /** JSON, which means something to the caller alone. */
  readonly definition: string
  readonly version: bigint
  readonly createdAtMs: number
  readonly changedAtMs: number
}

export interface TemplateInput extends WriteContext {
  readonly name: string
  readonly definition: string
}

export interface UpdateTemplateInput extends TemplateInput {
  /** 0 asks for nothing. */
  readonly expectedVersion: bigint
}

export interface DeleteTemplateInput extends WriteContext {
  readonly name: string
  /** 0 asks for nothing. */
  readonly expectedVersion: bigint
}
