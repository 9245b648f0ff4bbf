/** Front door of the zone store: pages in LMDB, applied atomically. */
export {
  openZoneStore,
  type ApplyInput,
  type Levels,
  type Marks,
  type RemoveInput,
  type ShardMark,
  type StoredSteps,
  type StoreView,
  type ZoneStore,
} from './zone-store.ts'
export type { Stage } from './stage.ts'
export type { StoredZone } from './layout.ts'
export { StoreDamage } from './seal.ts'
export type { ScrubOutcome, ZoneScrub } from './scrub.ts'
export { startScrub, type Scrub } from './scrub-pass.ts'
export { StoreRefusal, type StoreRefusalReason } from './refusal.ts'
export { VersionSignals } from './version-signals.ts'
export { openZoneReader, type ZoneReader } from './zone-reader.ts'
