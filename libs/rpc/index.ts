/** Calls between programs: one server, one client, one guard, one table of errors. */

export { createRpcClient, createRpcTransport, InsecureCredential, type RpcClientOptions, type RpcTransport } from './client.ts'
export type { CompressionName } from './compression.ts'
export { describeError, type DescribedViolation, errorReport, exitCodeOf, reasonsOf, violationsOf } from './describe-error.ts'
export { EachAddress, type EachAddressPorts } from './each-address.ts'
export {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  QuotaFailureSchema,
  RequestInfoSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from './error-details.ts'
export {
  alreadyExists,
  credentialMalformed,
  CredentialRefusal,
  exhausted,
  historyPruned,
  internal,
  invalidRequest,
  notFound,
  notYet,
  passwordsBusy,
  permissionDenied,
  preconditionFailed,
  quotaExceeded,
  type QuotaExceeded,
  Refusal,
  toConnectError,
  tooManyAttempts,
  unauthenticated,
  unavailable,
  versionMoved,
  type Violation,
  zoneOfOthers,
} from './errors.ts'
export {
  AUTHENTICATED,
  denial,
  type Denied,
  type Guard,
  permissionOf,
  type Principal,
  principalOf,
  principalOfRole,
  requirePermission,
} from './guard.ts'
export { type HealthState, ServingStatus } from './health.ts'
export { createIntrospectingGuard, type IntrospectingGuardOptions, type IntrospectQuestion } from './introspecting-guard.ts'
export { limitSchema, limitsOf } from './limit-settings.ts'
export { defaultLimits, type Limits } from './limits.ts'
export { type Peer, type PeerCertificate } from './peer.ts'
export { type PoolAddress, type PoolOptions, RoundRobinPool } from './pool.ts'
export { type Presented } from './presented.ts'
export { defaultRetries, type RetryPolicy } from './retry.ts'
export { LRUMap } from './lru-map.ts'
export { type SeenCredentials, seenCredentialsIn } from './seen-credentials.ts'
export { createRpcServer, InsecureListen, type RpcServer, type RpcServerOptions } from './server.ts'
export { TLSFault, tlsFaultOf } from './tls-fault.ts'
export { TLSFileError, type TLSFileNames } from './tls-files.ts'
export type { ServerTLS } from './tls-listener.ts'
export { clientTLS, serverTLS } from './tls-settings.ts'
