/** The names and values that a scrape shows. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { createMetrics } from './metrics.ts'

test('a scrape shows the process, the steps and our own metrics', async () => {
  const metrics = createMetrics('publisher')
  metrics.counter({ name: 'zonecast_publish_releases_total', help: 'Releases sent.', labels: ['edge'] }).inc({ edge: 'e1' })
  metrics.gauge({ name: 'zonecast_publish_edges_count', help: 'Edges.', collect: (gauge) => gauge.set(3) })
  const end = metrics.stepTimer('compose')
  assert.ok(end() >= 0)
  metrics.observeStep('fetch', 0.002)
  const text = await metrics.text()
  assert.match(text, /zonecast_publish_releases_total\{edge="e1",app="publisher"\} 1/)
  assert.match(text, /zonecast_publish_edges_count\{app="publisher"\} 3/)
  assert.match(text, /zonecast_step_seconds_count\{app="publisher",step="compose"\} 1/)
  assert.match(text, /zonecast_step_seconds_bucket\{le="0.002",app="publisher",step="fetch"\} 1/)
  assert.match(text, /process_cpu_seconds_total/)
})

test('a name outside the scheme is refused', () =>
  assert.throws(() => createMetrics('x').counter({ name: 'releases', help: '' }), /zonecast_<area>/))
