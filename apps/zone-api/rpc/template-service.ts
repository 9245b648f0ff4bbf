/** TemplateService: templates of zones. */
import { create, fromJsonString, toJsonString } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import {
  CreateTemplateRequestSchema,
  CreateTemplateResponseSchema,
  DeleteTemplateRequestSchema,
  DeleteTemplateResponseSchema,
  GetTemplateResponseSchema,
  ListTemplatesResponseSchema,
  type Template,
  TemplateSchema,
  type TemplateService,
  UpdateTemplateRequestSchema,
  UpdateTemplateResponseSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/template_service_pb'
import { type ZoneDefaults, ZoneDefaultsSchema } from '@zonecast/contract/generated/zonecast/zone/v1/zone_defaults_pb'
import type { ServiceImpl } from '@connectrpc/connect'
import { notFound } from '@zonecast/rpc'
import type { TemplateRecord } from '../database/template-port.ts'
import type { ZoneDatabase } from '../database/zone-database.ts'
import { writeContext } from './write-context.ts'
import { checkDefaults } from './zone-defaults.ts'

interface Ports {
  readonly database: ZoneDatabase
  readonly defaults: ZoneDefaults
}

export function templateService({ database, defaults }: Ports): ServiceImpl<typeof TemplateService> {
  return {
    async createTemplate(request, context) {
      const { name } = request
      const write = writeContext(CreateTemplateRequestSchema, request, context)
      const made = await database.createTemplate({ name, definition: definitionOf(request), ...write })
      return create(CreateTemplateResponseSchema, { template: templateToMessage(made) })
    },
    async getTemplate({ name }) {
      return create(GetTemplateResponseSchema, { template: await knownTemplate(database, name) })
    },
    async listTemplates() {
      const templates = (await database.listTemplates()).map(templateToMessage)
      return create(ListTemplatesResponseSchema, { templates, serverDefaults: defaults })
    },
    async updateTemplate(request, context) {
      const { name, expectedVersion } = request
      const write = writeContext(UpdateTemplateRequestSchema, request, context)
      const now = await database.updateTemplate({ name, definition: definitionOf(request), expectedVersion, ...write })
      return create(UpdateTemplateResponseSchema, { template: templateToMessage(now) })
    },
    async deleteTemplate(request, context) {
      const { name, expectedVersion } = request
      await database.deleteTemplate({
        name,
        expectedVersion,
        ...writeContext(DeleteTemplateRequestSchema, request, context),
      })
      return create(DeleteTemplateResponseSchema)
    },
  }
}

/** The template of that name, or the refusal that says there is none. */
export async function knownTemplate(database: ZoneDatabase, name: string): Promise<Template> {
  const record = await database.getTemplate(name)
  if (record === undefined) throw notFound('template', name)
  return templateToMessage(record)
}

/** What is stored and what the audit log shows: the message as JSON, without what the database counts itself. */
function definitionOf(request: { readonly description: string; readonly defaults?: ZoneDefaults }): string {
  const { description, defaults = create(ZoneDefaultsSchema) } = request
  checkDefaults(defaults)
  return toJsonString(TemplateSchema, create(TemplateSchema, { description, defaults }))
}

function templateToMessage({ name, definition, version, createdAtMs, changedAtMs }: TemplateRecord): Template {
  const { description, defaults } = fromJsonString(TemplateSchema, definition, { ignoreUnknownFields: true })
  const times = { createdAt: timestampFromMs(createdAtMs), changedAt: timestampFromMs(changedAtMs) }
  return create(TemplateSchema, { name, description, ...(defaults && { defaults }), version, ...times })
}
