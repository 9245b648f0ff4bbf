/** Zone files: a streaming reader and a writer. */
export * from './include.ts'
export type { ZoneFileError, ZoneFileInclude, ZoneFileItem, ZoneFileRecord } from './items.ts'
export * from './parser.ts'
export * from './reader.ts'
export * from './writer.ts'
