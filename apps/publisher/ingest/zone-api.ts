/** The zone API as a publisher knows it: clients for each of its addresses. */
import type { Client } from '@connectrpc/connect'
import { Health } from '@zonecast/contract/generated/grpc/health/v1/health_pb'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { EdgeRegistryService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import { EventService } from '@zonecast/contract/generated/zonecast/event/v1/event_service_pb'
import { ChangeService } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { embeddedEventLog, type EventLog } from '@zonecast/event-log'
import { clientTLS, createRpcClient, createRpcTransport, type RpcClientOptions } from '@zonecast/rpc'
import type { Logger, Metrics } from '@zonecast/runtime'
import type { Config } from '../config.ts'

/** One address. */
export interface ZoneApiAddress {
  readonly url: string
  readonly events: EventLog
  readonly content: Client<typeof ContentService>
  readonly changes: Client<typeof ChangeService>
  readonly access: Client<typeof AccessService>
  readonly registry: Client<typeof EdgeRegistryService>
  readonly health: Client<typeof Health>
  close(): void
}

export function openZoneApiAddress(options: RpcClientOptions): ZoneApiAddress {
  const transport = createRpcTransport(options)
  return {
    url: options.url,
    events: embeddedEventLog({ client: createRpcClient(EventService, transport) }),
    content: createRpcClient(ContentService, transport),
    changes: createRpcClient(ChangeService, transport),
    access: createRpcClient(AccessService, transport),
    registry: createRpcClient(EdgeRegistryService, transport),
    health: createRpcClient(Health, transport),
    close: () => transport.close(),
  }
}

/** All addresses, one of which is in use. */
export class ZoneApi {
  readonly addresses: readonly ZoneApiAddress[]
  readonly #listeners: (() => void)[] = []
  #turn = 0

  constructor(addresses: readonly ZoneApiAddress[]) {
    if (addresses.length === 0) throw new Error('the zone API has at least one address')
    this.addresses = addresses
  }

  /** The address that content comes from. */
  get current(): ZoneApiAddress {
    return this.addresses[this.#turn % this.addresses.length] as ZoneApiAddress
  }

  /** Turns to the next address: this one does not answer. */
  turn(): void {
    this.#turn += 1
    if (this.addresses.length > 1) for (const listener of this.#listeners) listener()
  }

  /** Called when another address takes the place of the one in use: what was asked there is asked anew. */
  onTurn(listener: () => void): void {
    this.#listeners.push(listener)
  }

  close(): void {
    for (const address of this.addresses) address.close()
  }
}

/** Each address that the publisher was given. */
export function openZoneApi(config: Config, log: Logger, metrics: Metrics): ZoneApi {
  return new ZoneApi(config.zoneApiUrl.map((url) => openZoneApiAddress({ ...zoneApiOptions(config, log, url), metrics })))
}

/** What streams here goes on elsewhere after a pause of its own, so that an attempt fails as soon as it has. */
export function zoneApiOptions(config: Config, log: Logger, url: string): RpcClientOptions {
  const { tokenFile, allowInsecure } = config
  return { url, tokenFile, allowInsecure, log, tls: clientTLS(config), retries: { maxAttempts: 1 } }
}
