/** A zone's content: pages, deltas, digests and walks; change sets, rules and lookup. */
export * from './key.ts'
export * from './order.ts'
export * from './page.ts'
export * from './page-build.ts'
export * from './reader.ts'
export * from './types.ts'
