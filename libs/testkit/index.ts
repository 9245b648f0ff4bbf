/** Helpers that only tests use. */

export { type Duration, type FakeClock, fakeClock } from './fake-clock.ts'
