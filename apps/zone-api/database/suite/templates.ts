/** Laws of templates. */
import { strict as assert } from 'node:assert'
import { context, refused } from './fixture.ts'
import type { Law } from './laws.ts'

export const templateLaws: Law[] = [
  [
    'a template is kept, changed and deleted, each time with a line in the audit log that says before and after',
    async (state) => {
      const { database } = state
      await database.createTemplate({ ...context(), name: 'web', definition: '{"a":1}' })
      await database.createTemplate({ ...context(), name: 'mail', definition: '{}' })
      await refused(database.createTemplate({ ...context(), name: 'web', definition: '{}' }), 'web')
      await refused(
        database.updateTemplate({ ...context(), name: 'web', definition: '{}', expectedVersion: 2n }),
        'VERSION_MOVED',
      )
      const updated = await database.updateTemplate({ ...context(), name: 'web', definition: '{"a":2}', expectedVersion: 1n })
      assert.equal(updated.version, 2n)
      await state.reopen()
      const names = async () => (await state.database.listTemplates()).map(({ name, version }) => [name, version])
      assert.deepEqual(await names(), [
        ['mail', 1n],
        ['web', 2n],
      ])
      assert.equal((await state.database.getTemplate('web'))?.definition, '{"a":2}')
      await state.database.deleteTemplate({ ...context(), name: 'web', expectedVersion: 0n })
      assert.equal(await state.database.getTemplate('web'), undefined)
      await refused(state.database.deleteTemplate({ ...context(), name: 'web', expectedVersion: 0n }), 'web')

      const { events } = await state.database.listEvents({ limit: 10 })
      assert.deepEqual(
        events.map((event) => [event.method, event.kind === 'change' && event.details]),
        [
          ['DeleteTemplate', [{ subject: 'template web', before: '{"a":2}', after: '' }]],
          ['UpdateTemplate', [{ subject: 'template web', before: '{"a":1}', after: '{"a":2}' }]],
          ['CreateTemplate', [{ subject: 'template mail', before: '', after: '{}' }]],
          ['CreateTemplate', [{ subject: 'template web', before: '', after: '{"a":1}' }]],
        ],
      )
    },
  ],
  [
    'a repeated request about a template is answered as before, and a definition that is the same makes no version',
    async ({ database }) => {
      const input = { ...context({ requestId: 'one' }), name: 'web', definition: '{}' }
      const made = await database.createTemplate(input)
      assert.deepEqual(await database.createTemplate(input), made)
      const same = await database.updateTemplate({ ...context(), name: 'web', definition: '{}', expectedVersion: 0n })
      assert.equal(same.version, 1n)
      const gone = { ...context({ requestId: 'two' }), name: 'web', expectedVersion: 0n }
      await database.deleteTemplate(gone)
      await database.deleteTemplate(gone)
      assert.equal((await database.listEvents({ limit: 10 })).events.length, 2)
    },
  ],
]
