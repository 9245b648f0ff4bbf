/** Filters of requests as the database knows them. */
import type { NameFilter, TagFilter, ZoneFilter } from '@zonecast/contract/generated/zonecast/zone/v1/filter_pb'
import type { ValueFilter } from '@zonecast/contract/generated/zonecast/zone/v1/search_service_pb'
import { foldName } from '@zonecast/dns'
import type { NameMatch, RRsetMatch, TagMatch, ZoneMatch } from '../database/search/search-port.ts'
import { absoluteName } from './zone-messages.ts'

export function zoneMatch(filter: ZoneFilter | undefined, field: string): ZoneMatch {
  const name = nameMatch(filter?.name, `${field}.name`)
  return { ...(name && { name }), ...(filter?.placement && { placement: filter.placement }), ...tagged(filter?.tag) }
}

/** A tag that is asked for, as a part of a query. */
export function tagged(filter: TagFilter | undefined): { tag?: TagMatch } {
  if (!filter) return {}
  const { tag, value } = filter
  return { tag: { tag, ...(value !== undefined && { value }) } }
}

export function nameMatch(filter: NameFilter | undefined, field: string): NameMatch | undefined {
  const { match } = filter ?? {}
  switch (match?.case) {
    case 'exact':
    case 'suffix':
      return { kind: match.case, name: foldName(absoluteName(match.value, `${field}.${match.case}`)) }
    case 'contains':
      return { kind: 'contains', text: match.value.toLowerCase() }
    default:
      return undefined
  }
}

export function valueMatch(filter: ValueFilter | undefined): RRsetMatch['value'] {
  const { match } = filter ?? {}
  if (match?.case === 'exact') return { kind: 'exact', text: match.value }
  return match?.case === 'contains' ? { kind: 'contains', text: match.value.toLowerCase() } : undefined
}
