/** Calls between programs: one server, one client, one guard, one table of errors. */

export {
  CredentialRefusal,
  notInForce,
  notShown,
  passwordsBusy,
  permissionDenied,
  tooManyAttempts,
  unauthenticated,
  zoneOfOthers,
} from './access-errors.ts'
export { createRpcClient, createRpcTransport, type RpcClientOptions, type RpcTransport } from './client.ts'
export type { CompressionName } from './compression.ts'
export { describeError, errorReport, exitCodeOf, reasonsOf } from './describe-error.ts'
export { EachAddress, type EachAddressPorts } from './each-address.ts'
export {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from './error-details.ts'
export {
  alreadyExists,
  exhausted,
  historyPruned,
  internal,
  invalidRequest,
  notFound,
  notYet,
  preconditionFailed,
  quotaExceeded,
  type QuotaExceeded,
  Refusal,
  toConnectError,
  unavailable,
  versionMoved,
  type Violation,
} from './errors.ts'
export {
  callerPeer,
  denial,
  type Denied,
  type Guard,
  permissionOf,
  type Principal,
  principalOf,
  principalOfRole,
  requirePermission,
  tellOfSecret,
} from './guard.ts'
export { type HealthState, ServingStatus } from './health.ts'
export { createIntrospectingGuard, type IntrospectQuestion } from './introspecting-guard.ts'
export { limitSchema, limitsOf } from './limit-settings.ts'
export { defaultLimits, type Limits } from './limits.ts'
export { type Peer, type PeerCertificate } from './peer.ts'
export type { PoolAddress } from './pool.ts'
export { isToken, type Presented } from './presented.ts'
export { LRUMap } from './lru-map.ts'
export { seenCredentialsIn } from './seen-credentials.ts'
export { createRpcServer, type RpcServer, type RpcServerOptions } from './server.ts'
export { tlsFaultOf } from './tls-fault.ts'
export type { TLSFileNames } from './tls-files.ts'
export { clientTLS, serverTLS } from './tls-settings.ts'
