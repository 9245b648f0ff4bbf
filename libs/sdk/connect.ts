/** One connection to a system, with a typed client for each of its services. */
import { randomUUID } from 'node:crypto'
import type { DescService } from '@bufbuild/protobuf'
import { type Client, createClient, type Transport } from '@connectrpc/connect'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { QuotaService } from '@zonecast/contract/generated/zonecast/access/v1/quota_service_pb'
import { AuditService } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { EdgeRegistryService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import { SealService } from '@zonecast/contract/generated/zonecast/system/v1/seal_service_pb'
import { SystemService } from '@zonecast/contract/generated/zonecast/system/v1/system_service_pb'
import { TransferService } from '@zonecast/contract/generated/zonecast/transfer/v1/transfer_service_pb'
import { ChangeService } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { HistoryService } from '@zonecast/contract/generated/zonecast/zone/v1/history_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { SearchService } from '@zonecast/contract/generated/zonecast/zone/v1/search_service_pb'
import { TemplateService } from '@zonecast/contract/generated/zonecast/zone/v1/template_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcTransport, type RpcTransport } from '@zonecast/rpc'

export interface ConnectOptions {
  /** `https://HOST:PORT`; calls are spread over all addresses of the host. `http://` is for this machine. */
  readonly url: string
  /** PEM of the authority that signed the server's certificate, where it is not one that the system knows; read again for each connection. */
  readonly caFile?: string
  /** A credential: a token, */
  readonly token?: string
  /** a token in a file, which may be replaced, */
  readonly tokenFile?: string
  /** or a name with its password. */
  readonly username?: string
  readonly password?: string
  /** Holds the password, where it is not given. */
  readonly passwordFile?: string
  /** Deadline of calls that name none, retries included; 30 s by default. Streams have none. */
  readonly timeoutMs?: number
  /** Attempts of a call that may be repeated, the first included; 5 by default, 1 for none. */
  readonly attempts?: number
  /** Lets the credential travel in clear text to other machines. */
  readonly allowInsecure?: boolean
}

/** Clients by service; `proto/zonecast` says what each method does. */
export interface Zonecast {
  readonly zones: Client<typeof ZoneService>
  readonly records: Client<typeof RecordService>
  readonly changes: Client<typeof ChangeService>
  readonly history: Client<typeof HistoryService>
  readonly search: Client<typeof SearchService>
  readonly templates: Client<typeof TemplateService>
  readonly edges: Client<typeof EdgeRegistryService>
  readonly audit: Client<typeof AuditService>
  readonly access: Client<typeof AccessService>
  readonly quotas: Client<typeof QuotaService>
  readonly system: Client<typeof SystemService>
  readonly transfer: Client<typeof TransferService>
  readonly seals: Client<typeof SealService>
  /** Ends all calls. */
  close(): void
  [Symbol.dispose](): void
}

/** Connects with the first call. */
export function connect({ caFile, attempts, ...options }: ConnectOptions): Zonecast {
  const transport = createRpcTransport({
    ...options,
    ...(caFile !== undefined && { tls: { caFile } }),
    ...(attempts !== undefined && { retries: { maxAttempts: attempts } }),
  })
  const identified = withRequestIds(transport)
  const client = <Service extends DescService>(service: Service) => createClient(service, identified)
  return {
    zones: client(ZoneService),
    records: client(RecordService),
    changes: client(ChangeService),
    history: client(HistoryService),
    search: client(SearchService),
    templates: client(TemplateService),
    edges: client(EdgeRegistryService),
    audit: client(AuditService),
    access: client(AccessService),
    quotas: client(QuotaService),
    transfer: client(TransferService),
    seals: client(SealService),
    system: client(SystemService),
    close: () => transport.close(),
    [Symbol.dispose]: () => transport.close(),
  }
}

/** A request that can carry an id and has none gets one: it may then be repeated without being carried out twice. */
function withRequestIds(transport: RpcTransport): Transport {
  return {
    stream: (...call) => transport.stream(...call),
    unary: (method, signal, timeoutMs, header, message, contextValues) => {
      const takesId = method.input.fields.some(({ name }) => name === 'request_id')
      const { requestId } = message as { requestId?: string }
      const identified = takesId && !requestId ? Object.assign({ ...message }, { requestId: randomUUID() }) : message
      return transport.unary(method, signal, timeoutMs, header, identified, contextValues)
    },
  }
}
