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
  type SetZoneOwnersRequest,
  SetZoneOwnersRequestSchema,
  SetZoneOwnersResponseSchema,
  type UpdateZoneRequest,
  UpdateZoneRequestSchema,
  UpdateZoneResponseSchema,
  type Zone,
  type ZoneService,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { type ZoneDefaults, ZoneDefaultsSchema } from '@zonecast/contract/generated/zonecast/zone/v1/zone_defaults_pb'
import { zoneKeyOf } from '@zonecast/dns'
import { requirePermission } from '@zonecast/rpc'
import { demandCreation, spansOf, tellPlaced } from '../access/zone-access.ts'
import type { ZoneDatabase, ZoneRecord } from '../database/zone-database.ts'
import { exportZone } from './export-zone.ts'
import { zoneMatch } from './filters.ts'
import { type ImportPorts, importZones } from './import-zones.ts'
import { largestTtl } from './largest-ttl.ts'
import { newZoneContent } from './new-zone.ts'
import { fromToken, strangeToken } from './page-token.ts'
import { knownTemplate } from './template-service.ts'
import { writeContext } from './write-context.ts'
import { builtInDefaults, overlaid, refuseNewZone } from './zone-defaults.ts'
import { absoluteName, effectToMessage, knownZone, warningToMessage, zoneToMessage } from './zone-messages.ts'
import { settingsFromMessage, settingsOf } from './zone-settings.ts'

export interface ZoneServicePorts extends ImportPorts {
  readonly database: ZoneDatabase
}

const defaultPageSize = 100

export function zoneService(ports: ZoneServicePorts): ServiceImpl<typeof ZoneService> {
  const { database } = ports
  return {
    createZone: (request, context) => createZone(ports, request, context),
    async getZone(request, context) {
      const zone = zoneOf(request.zone, 'zone.read', context)
      return create(GetZoneResponseSchema, { zone: await zoneMessage(database, zone) })
    },
    listZones: (request, context) => listZones(database, request, context),
    updateZone: (request, context) => updateZone(database, request, context),
    deleteZone: (request, context) => deleteZone(database, request, context),
    importZone: (requests, context) => importZones(ports, requests, context),
    setZoneOwners: (request, context) => setZoneOwners(ports, request, context),
    exportZone: (request, context) => exportZone(database, request, context),
  }
}

/** The zone key, where the caller has the permission in that zone. */
function zoneOf(text: string, permission: string, context: HandlerContext): string {
  const apex = absoluteName(text, 'zone')
  requirePermission(context, permission, { zone: apex })
  return zoneKeyOf(apex)
}

async function createZone(
  { database, defaults = builtInDefaults, ownersChanged }: ZoneServicePorts,
  request: CreateZoneRequest,
  context: HandlerContext,
) {
  const apex = absoluteName(request.zone, 'zone')
  const zone = zoneKeyOf(apex)
  const maker = await demandCreation(database, context, apex)
  const wanted = await wishesOf(request, database, defaults)
  const settings = settingsOf(wanted.settings)
  refuseNewZone(apex, wanted, settings)
  const content = newZoneContent(apex, wanted, settings.defaultTtl)
  const write = writeContext(CreateZoneRequestSchema, request, context)
  const asked = { apex, settings, ...maker, tags: request.tags, ...content, ...write }
  const { changeId, warnings } = await database.createZone(asked).catch((error: unknown) => {
    tellPlaced(context, apex, error)
    throw error
  })
  ownersChanged?.()
  const made = await zoneMessage(database, zone)
  return create(CreateZoneResponseSchema, { zone: made, changeId, warnings: warnings.map(warningToMessage) })
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
  return overlaid(own, named ? overlaid(named, defaults) : defaults)
}

async function listZones(database: ZoneDatabase, request: ListZonesRequest, context: HandlerContext) {
  const { pageSize, pageToken, filter } = request
  const within = spansOf(context, 'zone.read')
  const limit = pageSize || defaultPageSize
  const after = pageToken === '' ? {} : { after: zoneOfToken(pageToken) }
  if (filter) {
    const { zones, next } = await database.findZones({ match: { ...zoneMatch(filter, 'filter'), within }, ...after, limit })
    return create(ListZonesResponseSchema, {
      zones: await zoneMessages(database, zones),
      nextPageToken: next ? tokenOf(next) : '',
    })
  }
  const { zones, more } = await database.listZones({ ...after, limit, within })
  const nextPageToken = more ? tokenOf(zones.at(-1)!.zone) : ''
  return create(ListZonesResponseSchema, { zones: await zoneMessages(database, zones), nextPageToken })
}

/** A zone as it is now, with its owners. */
async function zoneMessage(database: ZoneDatabase, zone: string): Promise<Zone> {
  const [message] = await zoneMessages(database, [knownZone(await database.getZone(zone), zone)])
  return message!
}

async function zoneMessages(database: ZoneDatabase, records: readonly ZoneRecord[]): Promise<Zone[]> {
  const owners = await database.ownersOf(records.map(({ zone }) => zone))
  return records.map((record, i) => zoneToMessage(record, owners[i]))
}

/** A token names the last zone of its page; it is opaque so that this may change. */
function tokenOf(zone: string): string {
  return Buffer.from(zone, 'latin1').toString('base64url')
}

function zoneOfToken(token: string): string {
  const zone = Buffer.from(token, 'base64url').toString('latin1')
  if (tokenOf(zone) === token && zone.endsWith('.')) return fromToken(() => zoneKeyOf(absoluteName(zone, 'page_token')))
  throw strangeToken()
}

async function updateZone(database: ZoneDatabase, request: UpdateZoneRequest, context: HandlerContext) {
  const zone = zoneOf(request.zone, 'zone.write', context)
  const settings = settingsFromMessage(request.settings)
  const write = writeContext(UpdateZoneRequestSchema, request, context)
  const { expectedSettingsVersion } = request
  const before = knownZone(await database.getZone(zone), zone)
  const oldTtl = settings.disabled && !before.settings.disabled ? await largestTtl(database, before) : 0
  const tags = { set: request.setTags, remove: request.removeTags }
  const { changeId, effect } = await database.updateZone({ zone, settings, tags, expectedSettingsVersion, oldTtl, ...write })
  const after = await zoneMessage(database, zone)
  return create(UpdateZoneResponseSchema, { zone: after, changeId, effect: effectToMessage(effect) })
}

async function deleteZone(database: ZoneDatabase, request: DeleteZoneRequest, context: HandlerContext) {
  const zone = zoneOf(request.zone, 'zone.delete', context)
  const { expectedVersion } = request
  const write = writeContext(DeleteZoneRequestSchema, request, context)
  // One that is gone already may have gone by this very request.
  const before = await database.getZone(zone)
  const oldTtl = before ? await largestTtl(database, before) : 0
  const { changeId, effect } = await database.deleteZone({ zone, expectedVersion, oldTtl, ...write })
  return create(DeleteZoneResponseSchema, { state: stateToMessage(effect.state), changeId, effect: effectToMessage(effect) })
}

async function setZoneOwners(
  { database, ownersChanged }: ZoneServicePorts,
  request: SetZoneOwnersRequest,
  context: HandlerContext,
) {
  const zone = zoneOf(request.zone, 'zone.assign', context)
  const write = writeContext(SetZoneOwnersRequestSchema, request, context)
  const owners = await database.setZoneOwners({ ...write, zone, owners: request.owners })
  ownersChanged?.()
  return create(SetZoneOwnersResponseSchema, { owners: [...owners] })
}
