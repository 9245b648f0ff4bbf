/** Flags as filters of requests. */
import type { Tag } from '../values.ts'

interface NameFlags {
  readonly exact?: string | undefined
  readonly suffix?: string | undefined
  readonly contains?: string | undefined
}

/** The first that is given; commander sees to it that there is one. */
export function nameFilter({ exact, suffix, contains }: NameFlags) {
  if (exact !== undefined) return { match: { case: 'exact' as const, value: exact } }
  if (suffix !== undefined) return { match: { case: 'suffix' as const, value: suffix } }
  return contains === undefined ? undefined : { match: { case: 'contains' as const, value: contains } }
}

interface ZoneFlags extends NameFlags {
  readonly placement?: string | undefined
  readonly tag?: Tag | undefined
}

export function zoneFilter({ placement, tag, ...flags }: ZoneFlags) {
  const name = nameFilter(flags)
  if (!name && !placement && !tag) return undefined
  return { ...(name && { name }), ...(placement && { placement }), ...(tag && { tag }) }
}
