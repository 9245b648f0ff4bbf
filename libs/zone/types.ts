/** States, headers and deltas of a zone's versions. */
import { compareBytes } from '@zonecast/dns'

/** One state of a zone; states are ordered by (generation, version). `digest` has 32 octets, none for a tombstone. */
export interface ZoneState {
  readonly generation: bigint
  readonly version: bigint
  readonly serial: number
  readonly digest: Uint8Array
  readonly deleted: boolean
}

/** What a version is beside its pages. */
export interface VersionHeader {
  readonly state: ZoneState
  /** The apex SOA as a stored RR; it stands in no page. */
  readonly soa: Uint8Array
  /** Settings as carried and digested; empty when there are none. */
  readonly settings: Uint8Array
  readonly settingsVersion: bigint
  /** RRs, the SOA included. */
  readonly rrCount: number
  /** RRsets counted by owner and type, the SOA included. */
  readonly rrsetCount: number
  /** Octets of the RRs as stored, the SOA included. */
  readonly contentOctets: number
  readonly placement: string
}

/** What one version has and another has not: stored RRs back to back, in canonical order, the SOA not among them. */
export interface Delta {
  readonly removed: Uint8Array
  readonly added: Uint8Array
}

/** The newest state of a zone and its place in its shard's order; `zone` is the zone key. */
export interface Head {
  readonly zone: string
  readonly state: ZoneState
  readonly settingsVersion: bigint
  readonly shard: number
  readonly position: bigint
  readonly placement: string
  readonly rrCount: number
  readonly contentOctets: number
}

/** How far a walk has come: every key before `key` is complete, and at `version`. */
export interface ResumeToken {
  readonly generation: bigint
  readonly key: Uint8Array
  readonly version: bigint
}

/** Orders states by (generation, version); zero for the same state. */
export function compareStates(
  a: Pick<ZoneState, 'generation' | 'version'>,
  b: Pick<ZoneState, 'generation' | 'version'>,
): number {
  if (a.generation !== b.generation) return a.generation < b.generation ? -1 : 1
  if (a.version !== b.version) return a.version < b.version ? -1 : 1
  return 0
}

/** True when both are the same version with the same content. */
export function equalStates(a: ZoneState, b: ZoneState): boolean {
  return compareStates(a, b) === 0 && a.deleted === b.deleted && compareBytes(a.digest, b.digest) === 0
}
