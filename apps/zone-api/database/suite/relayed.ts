/** Laws of what was put into logs apart from the zone API. */
import { strict as assert } from 'node:assert'
import type { Law } from './laws.ts'

export const relayedLaws: Law[] = [
  [
    'how far a log has come is kept, goes only forward, and says nothing about another log',
    async (state) => {
      await state.database.noteRelayed('one', [
        { shard: 3, position: 7n },
        { shard: 63, position: 2n },
      ])
      await state.database.noteRelayed('one', [
        { shard: 3, position: 5n },
        { shard: 63, position: 4n },
      ])
      await state.reopen()
      const moved = async (log: string) => [...(await state.database.relayedPositions(log)).entries()].filter(([, at]) => at > 0n)
      assert.deepEqual(await moved('one'), [
        [3, 7n],
        [63, 4n],
      ])
      assert.deepEqual(await moved('two'), [])
    },
  ],
  [
    'the log that is used is the one into which most was put',
    async ({ database }) => {
      assert.equal(await database.relayedLog(), '')
      await database.noteRelayed('old', [
        { shard: 3, position: 7n },
        { shard: 4, position: 2n },
      ])
      await database.noteRelayed('new', [{ shard: 4, position: 2n }])
      assert.equal(await database.relayedLog(), 'old')
      await database.noteRelayed('new', [{ shard: 3, position: 8n }])
      assert.equal(await database.relayedLog(), 'new')
    },
  ],
]
