/** The services of the zone API, and what each is given. */
import type { ConnectRouter } from '@connectrpc/connect'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { AuditService } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { QuotaService } from '@zonecast/contract/generated/zonecast/access/v1/quota_service_pb'
import { EdgeRegistryService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import { EventService } from '@zonecast/contract/generated/zonecast/event/v1/event_service_pb'
import { SealService } from '@zonecast/contract/generated/zonecast/system/v1/seal_service_pb'
import { SystemService } from '@zonecast/contract/generated/zonecast/system/v1/system_service_pb'
import { TransferService } from '@zonecast/contract/generated/zonecast/transfer/v1/transfer_service_pb'
import { ChangeService } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { HistoryService } from '@zonecast/contract/generated/zonecast/zone/v1/history_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { SearchService } from '@zonecast/contract/generated/zonecast/zone/v1/search_service_pb'
import { TemplateService } from '@zonecast/contract/generated/zonecast/zone/v1/template_service_pb'
import { LineageService } from '@zonecast/contract/generated/zonecast/zone/v1/lineage_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import type { ZoneDefaults } from '@zonecast/contract/generated/zonecast/zone/v1/zone_defaults_pb'
import type { Metrics, Clock } from '@zonecast/runtime'
import type { SealKeys } from '@zonecast/runtime/sealing'
import type { AccessWatch } from '../access/access-watch.ts'
import type { DenialLog } from '../audit/denial-log.ts'
import type { SchemaState } from '../database/schema-state.ts'
import type { QuotaLimits, ZoneDatabase } from '../database/zone-database.ts'
import type { Lineage } from '../lineage/lineage.ts'
import type { Orders } from '../orders/orders.ts'
import type { Progress } from '../progress/progress.ts'
import type { Traces } from '../progress/traces.ts'
import type { Relay } from '../relay/relay.ts'
import type { Importer } from '../staging/importer.ts'
import { accessService } from './access-service.ts'
import { auditService } from './audit-service.ts'
import { changeService } from './change-service.ts'
import { contentService } from './content-service.ts'
import { edgeRegistryService } from './edge-registry-service.ts'
import { eventService } from './event-service.ts'
import { historyService } from './history-service.ts'
import { lineageService } from './lineage-service.ts'
import { quotaService } from './quota-service.ts'
import { recordService } from './record-service.ts'
import { sealService } from './seal-service.ts'
import { searchService } from './search-service.ts'
import { systemService } from './system-service.ts'
import { templateService } from './template-service.ts'
import { transferService } from './transfer-service.ts'
import { zoneService } from './zone-service.ts'
import type { Credentials } from './credentials.ts'
import type { EventHub } from './event-hub.ts'

export const services = [
  ZoneService,
  TemplateService,
  RecordService,
  HistoryService,
  SearchService,
  ContentService,
  ChangeService,
  EventService,
  AccessService,
  EdgeRegistryService,
  AuditService,
  LineageService,
  SystemService,
  QuotaService,
  TransferService,
  SealService,
]

export interface ServicePorts {
  readonly database: ZoneDatabase
  readonly importer: Importer
  readonly access: AccessWatch
  readonly credentials: Credentials
  readonly denials: DenialLog
  readonly sealKeys: SealKeys
  /** What new zones get where neither the request nor a template says otherwise. */
  readonly defaults: ZoneDefaults
  /** Of those that have none of their own. */
  readonly quotas: QuotaLimits
  readonly events: EventHub
  readonly progress: Progress
  readonly traces: Traces
  readonly orders: Orders
  readonly lineage: Lineage
  /** Called once an adoption is durable and told. */
  readonly moved: () => void
  readonly engine: SchemaState['engine']
  readonly schema: () => Promise<SchemaState>
  readonly clock: Clock
  readonly metrics: Metrics
  /** Where events go over Kafka. */
  readonly relay?: () => Relay | undefined
}

export function addServices(router: ConnectRouter, ports: ServicePorts): void {
  const { database, importer, access, defaults, quotas } = ports
  router.service(ZoneService, zoneService({ database, importer, defaults, ownersChanged: () => access.changed() }))
  router.service(TemplateService, templateService(ports))
  router.service(RecordService, recordService(ports))
  router.service(HistoryService, historyService(ports))
  router.service(SearchService, searchService(ports))
  router.service(ContentService, contentService(ports))
  router.service(ChangeService, changeService(ports))
  router.service(EventService, eventService(ports))
  router.service(AccessService, accessService({ ...ports, defaults: quotas }))
  router.service(LineageService, lineageService(ports))
  router.service(EdgeRegistryService, edgeRegistryService(ports))
  router.service(QuotaService, quotaService({ database, defaults: quotas }))
  router.service(TransferService, transferService(ports))
  router.service(SealService, sealService(ports))
  router.service(AuditService, auditService(ports))
  router.service(SystemService, systemService(ports))
}
