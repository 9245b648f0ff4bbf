/** The release stream between publishers and edges, as pure state machines. */
export * from './answers.ts'
export * from './head-index.ts'
export * from './messages.ts'
export { Receiver } from './receiver.ts'
export * from './receiver-types.ts'
export { Sender } from './sender.ts'
export * from './sender-types.ts'
export * from './progress.ts'
