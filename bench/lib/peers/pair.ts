/** A primary and a secondary of others: what the benchmarks ask of them. */
import type { Address } from '@zonecast/dns-net'
import type { Server } from './server.ts'

/** `defaults` as the program comes, `tuned` for speed as far as its manual offers it; both keep what they acknowledge. */
export type Variant = 'defaults' | 'tuned'

export interface PeerZone {
  readonly name: string
  /** The zone file's path. */
  readonly file: string
}

/** The address that a host shall have from now on, as its only one. */
export interface HostAddress {
  /** Relative to the zone. */
  readonly host: string
  readonly address: string
}

/** A connection of a client to the primary; one change set is in flight on it at a time. */
export interface Lane {
  /** Replaces the addresses of hosts in one change set; resolves when the primary has acknowledged it. */
  change(zone: string, hosts: readonly HostAddress[]): Promise<void>
  /** Sends the NOTIFY that the primary leaves to its user, or sends too late. */
  announce?(zone: string): Promise<void>
  close(): Promise<void>
}

export interface Pair {
  readonly system: string
  readonly variant: Variant
  readonly primary: Server
  /** The one that answers; undefined until `startSecondary`. */
  readonly secondary: () => Server
  /** Starts the secondary, on the folder it had when it ran before. */
  startSecondary(): Promise<Server>
  /** How many lanes it bears at a time. */
  readonly mostLanes: number
  /** A lane to the primary. */
  lane(): Promise<Lane>
  readonly primaryAddress: Address
  stop(): Promise<void>
}

export interface PairOptions {
  readonly folder: string
  readonly zones: readonly PeerZone[]
  readonly variant: Variant
}

export type StartPair = (options: PairOptions) => Promise<Pair>
