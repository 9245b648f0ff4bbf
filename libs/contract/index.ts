/** Front door of the contract: helpers between messages and domain values. */
export { permission } from './generated/zonecast/access/v1/permission_pb.ts'
export * from './state.ts'
export * from './time.ts'
export * from './walk.ts'
