/** Helpers that only tests use. */

export { arbContent, arbContentPair, arbLabel, arbName, arbRR } from './arbitraries.ts'
export { type Duration, type FakeClock, fakeClock } from './fake-clock.ts'
export { compareSample, sortedUnique } from './sample-order.ts'
export { generateZone, generateZoneText, sampleRecords, type SampleRecord, type SampleZone } from './sample-zone.ts'
