/** ZoneService: zones as a whole. */
import { create } from '@bufbuild/protobuf'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import { stateToMessage } from '@zonecast/contract'
import {
  type CreateZoneRequest,
  CreateZoneRequestSchema,
  CreateZoneResponseSchema,
  type DeleteZoneRequest,
  DeleteZoneRequestSchema,
  DeleteZoneResponseSchema,
  GetZoneResponseSchema,
  type ListZonesRequest,
  ListZonesResponseSchema,
  SOAFieldsSchema,
  type UpdateZoneRequest,
  UpdateZoneRequestSchema,
  UpdateZoneResponseSchema,
  type ZoneService,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { type ZoneDefaults, ZoneDefaultsSchema } from '@zonecast/contract/generated/zonecast/zone/v1/zone_defaults_pb'
import { zoneKeyOf } from '@zonecast/dns'
import { invalidRequest } from '@zonecast/rpc'
import type { ZoneDatabase } from '../database/zone-database.ts'
import { exportZone } from './export-zone.ts'
import { zoneMatch } from './filters.ts'
import { type ImportPorts, importZones } from './import-zones.ts'
import { largestTtl } from './largest-ttl.ts'
import { newZoneContent } from './new-zone.ts'
import { knownTemplate } from './template-service.ts'
import { writeContext } from './write-context.ts'
import { builtInDefaults, overlaid, timerViolations } from './zone-defaults.ts'
import { absoluteName, effectToMessage, knownZone, warningToMessage, zoneToMessage } from './zone-messages.ts'
import { settingsFromMessage } from './zone-settings.ts'

export interface ZoneServicePorts extends ImportPorts {
  readonly database: ZoneDatabase
}

const defaultPageSize = 100

export function zoneService(ports: ZoneServicePorts): ServiceImpl<typeof ZoneService> {
  const { database } = ports
  return {
    createZone: (request, context) => createZone(ports, request, context),
    async getZone(request) {
      const zone = zoneKeyOf(absoluteName(request.zone, 'zone'))
      return create(GetZoneResponseSchema, { zone: zoneToMessage(knownZone(await database.getZone(zone), zone)) })
    },
    listZones: (request) => listZones(database, request),
    updateZone: (request, context) => updateZone(database, request, context),
    deleteZone: (request, context) => deleteZone(database, request, context),
    importZone: (requests, context) => importZones(ports, requests, context),
    exportZone: (request) => exportZone(database, request),
  }
}

async function createZone(
  { database, defaults = builtInDefaults }: ZoneServicePorts,
  request: CreateZoneRequest,
  context: HandlerContext,
) {
  const apex = absoluteName(request.zone, 'zone')
  const zone = zoneKeyOf(apex)
  const wanted = await wishesOf(request, database, defaults)
  const settings = settingsFromMessage(wanted.settings)
  const content = newZoneContent(apex, wanted, settings.defaultTtl)
  const write = writeContext(CreateZoneRequestSchema, request, context)
  const { changeId, warnings } = await database.createZone({ apex, settings, tags: request.tags, ...content, ...write })
  const record = knownZone(await database.getZone(zone), zone)
  return create(CreateZoneResponseSchema, { zone: zoneToMessage(record), changeId, warnings: warnings.map(warningToMessage) })
}

/** What the request says, its template, and the server, in this order. */
async function wishesOf(
  { nameServers, rname, soa, settings, template }: CreateZoneRequest,
  database: ZoneDatabase,
  defaults: ZoneDefaults,
): Promise<ZoneDefaults> {
  const fields = create(SOAFieldsSchema, soa)
  if (rname !== '') fields.rname = rname
  const own = create(ZoneDefaultsSchema, { nameServers, soa: fields, ...(settings && { settings }) })
  const named = template === '' ? undefined : (await knownTemplate(database, template)).defaults
  const wanted = overlaid(own, named ? overlaid(named, defaults) : defaults)
  const violations = timerViolations(wanted.soa, 'soa')
  if (violations.length > 0) throw invalidRequest(violations)
  return wanted
}

async function listZones(database: ZoneDatabase, { pageSize, pageToken, filter }: ListZonesRequest) {
  const limit = pageSize || defaultPageSize
  const after = pageToken === '' ? {} : { after: zoneOfToken(pageToken) }
  if (filter) {
    const { zones, next } = await database.findZones({ match: zoneMatch(filter, 'filter'), ...after, limit })
    return create(ListZonesResponseSchema, { zones: zones.map(zoneToMessage), nextPageToken: next ? tokenOf(next) : '' })
  }
  const { zones, more } = await database.listZones({ ...after, limit })
  const nextPageToken = more ? tokenOf(zones.at(-1)!.zone) : ''
  return create(ListZonesResponseSchema, { zones: zones.map(zoneToMessage), nextPageToken })
}

/** A token names the last zone of its page; it is opaque so that this may change. */
function tokenOf(zone: string): string {
  return Buffer.from(zone, 'latin1').toString('base64url')
}

function zoneOfToken(token: string): string {
  const zone = Buffer.from(token, 'base64url').toString('latin1')
  if (tokenOf(zone) === token && zone.endsWith('.')) return zoneKeyOf(absoluteName(zone, 'page_token'))
  const message = 'this is not a token of an earlier page; begin without one'
  throw invalidRequest([{ field: 'page_token', reason: 'NAME_INVALID', message }])
}

async function updateZone(database: ZoneDatabase, request: UpdateZoneRequest, context: HandlerContext) {
  const zone = zoneKeyOf(absoluteName(request.zone, 'zone'))
  const settings = settingsFromMessage(request.settings)
  const write = writeContext(UpdateZoneRequestSchema, request, context)
  const { expectedSettingsVersion } = request
  const before = knownZone(await database.getZone(zone), zone)
  const oldTtl = settings.disabled && !before.settings.disabled ? await largestTtl(database, before) : 0
  const tags = { set: request.setTags, remove: request.removeTags }
  const { changeId, effect } = await database.updateZone({ zone, settings, tags, expectedSettingsVersion, oldTtl, ...write })
  const after = zoneToMessage(knownZone(await database.getZone(zone), zone))
  return create(UpdateZoneResponseSchema, { zone: after, changeId, effect: effectToMessage(effect) })
}

async function deleteZone(database: ZoneDatabase, request: DeleteZoneRequest, context: HandlerContext) {
  const zone = zoneKeyOf(absoluteName(request.zone, 'zone'))
  const { expectedVersion } = request
  const write = writeContext(DeleteZoneRequestSchema, request, context)
  // One that is gone already may have gone by this very request.
  const before = await database.getZone(zone)
  const oldTtl = before ? await largestTtl(database, before) : 0
  const { changeId, effect } = await database.deleteZone({ zone, expectedVersion, oldTtl, ...write })
  return create(DeleteZoneResponseSchema, { state: stateToMessage(effect.state), changeId, effect: effectToMessage(effect) })
}
