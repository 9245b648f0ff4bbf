/** The client of zonecast for programs in TypeScript. */

export { connect, type ConnectOptions, type Zonecast } from './connect.ts'
export { describeError, reasonsOf } from '@zonecast/rpc'
export { Code, ConnectError } from '@connectrpc/connect'
export { ChangeStage } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
export { ExportFormat } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
