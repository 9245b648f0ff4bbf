/** How the LMDB file of a store is opened. */

export const storeFile = 'zones.mdb'

/** What lmdb may map: address space, not memory or disk. */
const mapOctets = 2 ** 40

export const storeOptions = {
  keyEncoding: 'binary',
  encoding: 'binary',
  mapSize: mapOctets,
  // An acknowledgement must follow the fdatasync: with overlapping syncs a transaction resolves before it.
  overlappingSync: false,
} as const
