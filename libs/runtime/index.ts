/** What every program needs besides its task: clock, configuration, log, lifecycle, telemetry. */

export { backoff, type BackoffOptions } from './backoff.ts'
export { type Clock, type Scheduled, systemClock } from './clock.ts'
export { type ConfigProblem, ConfigError, loadConfig, type LoadConfigOptions } from './config.ts'
export { type AppContext, type AppOptions, exitCodeFor, type RunningApp, runApp } from './lifecycle.ts'
export { DataFolderFormat, DataFolderInUse, type FolderLock, lockFolder, type LockFolderOptions } from './lock.ts'
export { type ChangeIds, childFor, createLogger, type Logger, type LogLevel, silentLogger } from './log.ts'
export { createMetrics, type Metrics, type MetricOptions, type Step, steps } from './metrics.ts'
export { pause } from './pause.ts'
export { AsyncQueue } from './queue.ts'
export {
  currentTraceparent,
  newTraceparent,
  recordStep,
  startTracing,
  type StepRecord,
  wallMs,
  withTraceparent,
} from './trace.ts'
export { sha1, sha256 } from './hashes.ts'
export { AddressUnavailable, describeListenError, PortInUse } from './port-in-use.ts'
export { programEnvironment, programFlags } from './program-settings.ts'
