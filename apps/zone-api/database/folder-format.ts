/** What the data folder of a zone API is marked as. */
export const folderFormat = { kind: 'zone-api', formatVersion: 1 } as const
