/** `zonectl template create`, `list`, `show`, `set` and `delete`. */
import type { Template } from '@zonecast/contract/generated/zonecast/zone/v1/template_service_pb'
import type { ZoneDefaults } from '@zonecast/contract/generated/zonecast/zone/v1/zone_defaults_pb'
import { randomUUID } from 'node:crypto'
import type { TemplateFlags } from '../commands/template.ts'
import { usageError } from '../failure.ts'
import { zoneName } from '../names.ts'
import { timeText } from '../output/json.ts'
import { fields, table } from '../output/table.ts'
import type { Run } from '../run.ts'
import { settingsOf, soaOf } from './zone-defaults.ts'

export async function templateCreate(run: Run, [name = '']: string[], flags: TemplateFlags): Promise<void> {
  const { ns = [], description = '', reason } = flags
  const defaults = { soa: soaOf(flags), nameServers: ns.map(zoneName), settings: settingsOf(flags) }
  const api = await run.api()
  const asked = { name, description, defaults, requestId: randomUUID(), ...(reason && { reason }) }
  await print(run, (await api.templates.createTemplate(asked)).template!)
}

export async function templateList(run: Run): Promise<void> {
  const { templates, serverDefaults } = await (await run.api()).templates.listTemplates({})
  const all = templates.map(templateJson)
  const server = defaultsJson(serverDefaults)
  await run.emit({ templates: all, server }, () => {
    const rows = all.map((each) => [each.name, each.nameServers.join(' '), summary(each), each.description])
    const columns = [{ title: 'TEMPLATE' }, { title: 'NAME SERVERS' }, { title: 'DEFAULTS' }, { title: 'DESCRIPTION' }]
    return table(columns, [...rows, ['(server)', server.nameServers.join(' '), summary(server), 'what no template says']])
  })
}

export async function templateShow(run: Run, [name = '']: string[]): Promise<void> {
  await print(run, (await (await run.api()).templates.getTemplate({ name })).template!)
}

/** Reads it, puts what is named over it, and writes it where nobody else has meanwhile. */
export async function templateSet(run: Run, [name = '']: string[], flags: TemplateFlags): Promise<void> {
  const { ns, description, reason, ifVersion, unset = [] } = flags
  const given = { soa: soaOf(flags), settings: settingsOf(flags) }
  if (!ns && description === undefined && unset.length + Object.keys({ ...given.soa, ...given.settings }).length === 0)
    throw usageError('nothing is named that the template shall say', ['zonectl template set --help lists it'])
  const api = await run.api()
  const before = (await api.templates.getTemplate({ name })).template!
  const kept = before.defaults
  const { template } = await api.templates.updateTemplate({
    name,
    description: description ?? before.description,
    defaults: {
      nameServers: ns ? ns.map(zoneName) : unset.includes('ns') ? [] : (kept?.nameServers ?? []),
      soa: { ...without(kept?.soa, unset), ...given.soa },
      settings: { ...without(kept?.settings, unset), ...given.settings },
    },
    expectedVersion: ifVersion ?? before.version,
    requestId: randomUUID(),
    ...(reason && { reason }),
  })
  await print(run, template!)
}

export async function templateDelete(run: Run, [name = '']: string[], { reason, ifVersion }: TemplateFlags): Promise<void> {
  const asked = { name, requestId: randomUUID(), ...(reason && { reason }), ...(ifVersion && { expectedVersion: ifVersion }) }
  await (await run.api()).templates.deleteTemplate(asked)
  await run.emit({ name, deleted: true }, () => fields({ template: name, deleted: 'zones that were made with it stay' }))
}

const fieldOf: Readonly<Record<string, string>> = {
  ns: 'nameServers',
  mname: 'mname',
  rname: 'rname',
  refresh: 'refreshSeconds',
  retry: 'retrySeconds',
  expire: 'expireSeconds',
  minimum: 'minimumSeconds',
  placement: 'placement',
  'guard-percent': 'guardPercent',
  'default-ttl': 'defaultTtl',
  'min-ttl': 'minTtl',
  'max-ttl': 'maxTtl',
  'history-versions': 'historyVersions',
  'history-days': 'historyDays',
}

/** The fields of a message, but for those whose flags are named. */
function without(message: object | undefined, flags: readonly string[]): object {
  const gone = flags.map((flag) => {
    const field = fieldOf[flag.replace(/^--/, '')]
    if (field === undefined) throw usageError(`${flag} is nothing that can be left out: ${Object.keys(fieldOf).join(', ')}`)
    return field
  })
  return Object.fromEntries(Object.entries(message ?? {}).filter(([field]) => !field.startsWith('$') && !gone.includes(field)))
}

async function print(run: Run, template: Template): Promise<void> {
  const json = templateJson(template)
  await run.emit(json, () =>
    fields({
      template: json.name,
      description: json.description,
      'name servers': json.nameServers.join(' '),
      defaults: summary(json),
      version: String(json.version),
      created: json.createdAt ?? undefined,
      changed: json.changedAt ?? undefined,
    }),
  )
}

function templateJson({ name, description, defaults, version, createdAt, changedAt }: Template) {
  const times = { createdAt: timeText(createdAt), changedAt: timeText(changedAt) }
  return { name, description, ...defaultsJson(defaults), version: Number(version), ...times }
}

/** `null` where the template leaves it open. */
function defaultsJson(defaults: ZoneDefaults | undefined) {
  const { soa, settings, nameServers = [] } = defaults ?? {}
  return {
    nameServers,
    mname: soa?.mname || null,
    rname: soa?.rname || null,
    refresh: soa?.refreshSeconds ?? null,
    retry: soa?.retrySeconds ?? null,
    expire: soa?.expireSeconds ?? null,
    minimum: soa?.minimumSeconds ?? null,
    placement: settings?.placement || null,
    guardPercent: settings?.guardPercent ?? null,
    defaultTtl: settings?.defaultTtl || null,
    minTtl: settings?.minTtl || null,
    maxTtl: settings?.maxTtl || null,
    historyVersions: settings?.historyVersions || null,
    historyDays: settings?.historyDays || null,
  }
}

/** Everything but the name servers that is said. */
function summary(said: ReturnType<typeof defaultsJson>): string {
  const names = { mname: said.mname, rname: said.rname, refresh: said.refresh, retry: said.retry, expire: said.expire }
  const others = { minimum: said.minimum, placement: said.placement, guard: said.guardPercent, ttl: said.defaultTtl }
  const history = { 'history-versions': said.historyVersions, 'history-days': said.historyDays }
  const all = { ...names, ...others, 'min-ttl': said.minTtl, 'max-ttl': said.maxTtl, ...history }
  return Object.entries(all)
    .flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]))
    .join(' ')
}
