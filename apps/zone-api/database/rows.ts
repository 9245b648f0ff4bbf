/** Rows as the domain's values. */
import type { Head, VersionHeader, ZoneState } from '@zonecast/zone'
import type { Selectable } from 'kysely'
import type { VersionTable, ZoneTable } from './schema.ts'

type StateColumns = Pick<Selectable<ZoneTable>, 'generation' | 'version' | 'serial' | 'digest' | 'deleted'>
type HeaderColumns = StateColumns &
  Pick<
    Selectable<VersionTable>,
    'soa' | 'settings' | 'settings_version' | 'placement' | 'rr_count' | 'rrset_count' | 'content_octets'
  >
type HeadColumns = HeaderColumns & Pick<Selectable<ZoneTable>, 'zone_key' | 'shard' | 'position'>

export function stateOf(row: StateColumns): ZoneState {
  return {
    generation: BigInt(row.generation),
    version: BigInt(row.version),
    serial: Number(row.serial),
    digest: row.digest,
    deleted: row.deleted !== 0,
  }
}

export function headerOf(row: HeaderColumns): VersionHeader {
  return {
    state: stateOf(row),
    soa: row.soa,
    settings: row.settings,
    settingsVersion: BigInt(row.settings_version),
    rrCount: Number(row.rr_count),
    rrsetCount: Number(row.rrset_count),
    contentOctets: Number(row.content_octets),
    placement: row.placement,
  }
}

export function headOf(row: HeadColumns): Head {
  return {
    zone: row.zone_key,
    state: stateOf(row),
    settingsVersion: BigInt(row.settings_version),
    shard: row.shard,
    position: BigInt(row.position),
    placement: row.placement,
    rrCount: Number(row.rr_count),
    contentOctets: Number(row.content_octets),
  }
}
