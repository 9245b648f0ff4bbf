/** What takes changes and answers them, ours or a pair of peers, behind one face. */
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import type { Address } from '@zonecast/dns-net'
import type { System } from '../../conformance/lib/system.ts'
import type { HostAddress, Lane, Pair } from './peers/pair.ts'
import { ours } from './results.ts'

export interface Target {
  readonly system: string
  readonly variant: string
  /** Who answers. */
  readonly dns: Address
  /** Opens lanes on which changes are sent, one at a time on each; fewer where it does not bear so many. */
  lanes(count: number): Promise<Lane[]>
  /** Throws when a program has ended. */
  check(): void
}

const ttl = 60

export function ourTarget(system: System, variant = 'defaults', edge = 'edge-1'): Target {
  const client = system.client(RecordService)
  const putOf = ({ host, address }: HostAddress) => ({
    operation: { case: 'put' as const, value: { name: host, type: 'A', ttl, values: [address] } },
  })
  const lane: Lane = {
    change: async (zone, hosts) => void (await client.applyChanges({ zone, changes: hosts.map(putOf) })),
    close: async () => {},
  }
  return {
    system: ours,
    variant,
    dns: system.dnsOf(edge),
    // Calls share one connection; so many lanes are so many calls in flight.
    lanes: async (count) => Array.from({ length: count }, () => lane),
    check: () => {},
  }
}

export function peerTarget(pair: Pair): Target {
  return {
    system: pair.system,
    variant: pair.variant,
    dns: pair.secondary().address,
    lanes: (count) => Promise.all(Array.from({ length: Math.min(count, pair.mostLanes) }, () => pair.lane())),
    check: () => {
      pair.primary.check()
      pair.secondary().check()
    },
  }
}
