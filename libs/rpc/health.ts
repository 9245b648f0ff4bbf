/** grpc.health.v1: whether each service is served, to ask and to watch. */
import type { DescService } from '@bufbuild/protobuf'
import type { ConnectRouter } from '@connectrpc/connect'
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '@zonecast/contract/generated/grpc/health/v1/health_pb'
import { EventEmitter, once } from 'node:events'
import { notFound } from './errors.ts'

export { ServingStatus }

/** Served for as long as the program answers at all: who restarts programs asks for it, since most of what is not served comes back by itself. */
export const liveService = 'zonecast.live'

/** The state of a program's services; the empty name stands for the program as a whole. */
export class HealthState {
  readonly #status = new Map<string, ServingStatus>([
    ['', ServingStatus.SERVING],
    [liveService, ServingStatus.SERVING],
  ])
  readonly #changes = new EventEmitter().setMaxListeners(0)

  constructor(services: readonly DescService[]) {
    for (const { typeName } of services) this.#status.set(typeName, ServingStatus.SERVING)
  }

  /** True while the program as a whole is served. */
  get serving(): boolean {
    return this.#status.get('') === ServingStatus.SERVING
  }

  get(service: string): ServingStatus | undefined {
    return this.#status.get(service)
  }

  set(service: string, status: ServingStatus): void {
    this.#status.set(service, status)
    this.#changes.emit('change')
  }

  setAll(status: ServingStatus): void {
    for (const service of this.#status.keys()) if (service !== liveService) this.#status.set(service, status)
    this.#changes.emit('change')
  }

  register(router: ConnectRouter): void {
    router.service(Health, {
      check: ({ service }) => {
        const status = this.get(service)
        if (status === undefined) throw notFound('service', service)
        return { status }
      },
      list: () => ({ statuses: Object.fromEntries([...this.#status].map(([service, status]) => [service, { status }])) }),
      watch: ({ service }, { signal }) => this.#watch(service, signal),
    })
  }

  async *#watch(service: string, signal: AbortSignal) {
    let last: ServingStatus | undefined
    while (!signal.aborted) {
      const status = this.get(service) ?? ServingStatus.SERVICE_UNKNOWN
      if (status !== last) yield { status }
      last = status
      if (status === (this.get(service) ?? ServingStatus.SERVICE_UNKNOWN)) {
        await once(this.#changes, 'change', { signal }).catch(() => undefined)
      }
    }
  }
}
