/** What is not reported yet is kept once, newest last, and cut into messages. */
import { strict as assert } from 'node:assert'
import type { ZoneProgress, ZoneProgressKind } from '@zonecast/sync'
import { test } from 'vitest'
import { Dirt } from './dirt.ts'

const zoneAt = (zone: string, version: bigint, kind: ZoneProgressKind): ZoneProgress => ({
  zone,
  generation: 1n,
  version,
  kind,
  at: 1,
  reason: '',
})
const progress = (...zones: ZoneProgress[]) => ({ placements: ['default'], shards: [], zones })

test('a later state of the same kind takes the place of an earlier one, behind what came between', () => {
  const dirt = new Dirt()
  dirt.add('edge-1', progress(zoneAt('a.', 1n, 'applied')))
  dirt.add('edge-1', progress(zoneAt('a.', 2n, 'transferring')))
  dirt.add('edge-1', progress(zoneAt('a.', 2n, 'applied')))
  const [edge] = dirt.take()
  assert.deepEqual(
    edge?.progress.zones.map(({ kind, version }) => `${kind} ${version}`),
    ['transferring 2', 'applied 2'],
  )
  assert.ok(dirt.isClean)
})

test('what does not fit into a message is in the next', () => {
  const dirt = new Dirt()
  dirt.add('edge-1', progress(...Array.from({ length: 4_500 }, (_, i) => zoneAt(`z${i}.`, 1n, 'applied'))))
  dirt.add('edge-2')
  const sizes: number[] = []
  while (!dirt.isClean) sizes.push(dirt.take().reduce((sum, edge) => sum + edge.progress.zones.length, 0))
  assert.deepEqual(sizes, [2_000, 2_000, 500])
})

test('what holds an edge back is kept however much else there is', () => {
  const dirt = new Dirt()
  dirt.add('edge-1', progress(zoneAt('large.', 1n, 'transferring')))
  for (let i = 0; i < 21_000; i += 1_000) {
    dirt.add('edge-1', progress(...Array.from({ length: 1_000 }, (_, at) => zoneAt(`z${i + at}.`, 1n, 'applied'))))
  }
  assert.equal(dirt.take()[0]?.progress.zones[0]?.kind, 'transferring')
})
