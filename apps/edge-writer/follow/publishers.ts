/** The publishers that an edge follows: every address of every name that it was told. */
import type { Client } from '@connectrpc/connect'
import type { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { EachAddress, type EachAddressPorts } from '@zonecast/rpc'
import type { FollowedPublisher, Follower } from './follower.ts'

/** One of them. */
export interface Followed {
  readonly follower: Follower
  readonly access: Client<typeof AccessService>
  /** Ends the connections; the follower is closed before. */
  close(): void
}

export class Publishers {
  readonly #each: EachAddress<Followed>

  constructor(ports: Omit<EachAddressPorts<Followed>, 'close' | 'mayClose'>) {
    this.#each = new EachAddress({
      ...ports,
      close: async ({ follower, close }) => {
        await follower.close()
        close()
      },
      // One that still sends is leaving by itself, or is not as ready as it might be.
      mayClose: ({ follower }) => !follower.publisher.connected,
    })
  }

  get followers(): readonly Follower[] {
    return this.#each.current.map(({ follower }) => follower)
  }

  get access(): readonly Client<typeof AccessService>[] {
    return this.#each.current.map(({ access }) => access)
  }

  /** Those that are followed, and names that lead to none. */
  get states(): readonly Readonly<FollowedPublisher>[] {
    const none = { publisherId: '', connected: false, stream: 0, lastHeardAt: undefined }
    const unknown = [...this.#each.unknown].map(([url, lastError]) => ({ url, lastError, ...none }))
    return [...this.followers.map(({ publisher }) => publisher), ...unknown]
  }

  start(): void {
    this.#each.start()
  }

  async closeFollowers(): Promise<void> {
    await this.#each.stop()
    await Promise.all(this.followers.map((follower) => follower.close()))
  }

  closeConnections(): void {
    for (const { close } of this.#each.current) close()
  }
}
