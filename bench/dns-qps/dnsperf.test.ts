/** A report of dnsperf is read, and one that measured nothing right is refused. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { faultOf, readReport } from './dnsperf.ts'

const text = `Statistics:

  Queries sent:         10000
  Queries completed:    9998 (99.98%)
  Queries lost:         2 (0.02%)

  Response codes:       NOERROR 8998 (90.00%), NXDOMAIN 1000 (10.00%)
  Average packet size:  request 43, response 72
  Run time (s):         0.5
  Queries per second:   19996.000000

  Average Latency (s):  0.001500 (min 0.000100, max 0.020000)
  Latency StdDev (s):   0.000100
`

test('a report is read', () => {
  const report = readReport(text)
  assert.deepEqual(report, {
    sent: 10_000,
    completed: 9_998,
    lost: 2,
    perSecond: 19_996,
    meanLatencyMs: 1.5,
    rcodes: { NOERROR: 8_998, NXDOMAIN: 1_000 },
  })
  assert.equal(faultOf(report, 0.1), undefined)
})

for (const { name, change, missing } of [
  { name: 'more than 1 in 1000 lost', change: { lost: 11 }, missing: 0.1 },
  { name: 'a code that was not asked for', change: { rcodes: { NOERROR: 8_997, NXDOMAIN: 1_000, SERVFAIL: 1 } }, missing: 0.1 },
  { name: 'names missing that should be there', change: {}, missing: 0 },
  { name: 'nothing answered', change: { completed: 0, rcodes: {} }, missing: 0 },
]) {
  test(`no measure: ${name}`, () => assert.notEqual(faultOf({ ...readReport(text), ...change }, missing), undefined))
}
