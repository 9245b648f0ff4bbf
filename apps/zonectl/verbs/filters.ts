/** Flags as filters of requests. */

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

export function zoneFilter({ placement, ...flags }: NameFlags & { readonly placement?: string | undefined }) {
  const name = nameFilter(flags)
  return name || placement ? { ...(name && { name }), ...(placement && { placement }) } : undefined
}
