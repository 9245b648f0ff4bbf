/** Laws of sealed secrets: the database keeps octets that it cannot open, and puts them under another key only where they are what they were. */
import { strict as assert } from 'node:assert'
import type { WriteContext, ZoneDatabase } from '../zone-database.ts'
import { context, refused } from './fixture.ts'
import type { Law } from './laws.ts'

const sealed = (octet: number) => new Uint8Array(60).fill(octet)

function create(database: ZoneDatabase, name: string, { key = 'k1', octet = 1, write = context() as WriteContext } = {}) {
  return database.createTSIGKey({
    ...write,
    name,
    algorithm: 'hmac-sha256',
    secretOctets: 32,
    sealKey: key,
    sealed: sealed(octet),
  })
}

const names = async (database: ZoneDatabase, page: { after?: string; limit: number } = { limit: 100 }) =>
  (await database.listTSIGKeys(page)).map(({ name }) => name)

export const secretLaws: Law[] = [
  [
    'a TSIG key is kept with its sealed secret, revealed and deleted, each time with a line in the audit log and no octet of the secret',
    async (state) => {
      const made = await create(state.database, 'k.example.')
      assert.deepEqual([made.name, made.sealKey, made.secretOctets, made.createdBy], ['k.example.', 'k1', 32, 'alice'])
      await refused(create(state.database, 'k.example.', { octet: 2 }), 'k.example.')
      await state.reopen()
      const { database } = state
      assert.deepEqual(await database.getTSIGKey('k.example.'), made)
      assert.deepEqual(await database.sealedTSIGKey('k.example.'), { key: made, sealed: sealed(1) })
      assert.deepEqual(await database.revealTSIGKey({ ...context(), name: 'k.example.' }), { key: made, sealed: sealed(1) })
      await database.deleteTSIGKey({ ...context(), name: 'k.example.' })
      assert.equal(await database.getTSIGKey('k.example.'), undefined)
      assert.deepEqual(await database.sealKeyCounts(), [])
      await refused(database.deleteTSIGKey({ ...context(), name: 'k.example.' }), 'k.example.')
      await refused(database.revealTSIGKey({ ...context(), name: 'k.example.' }), 'k.example.')
      const { events } = await database.listEvents({ limit: 10 })
      const told = '{"algorithm":"hmac-sha256","secretOctets":32,"sealKey":"k1"}'
      assert.deepEqual(
        events.map((event) => [event.method, event.kind === 'change' && event.details]),
        [
          ['DeleteTSIGKey', [{ subject: 'TSIG key k.example.', before: told, after: '' }]],
          ['RevealTSIGKey', [{ subject: 'secret of TSIG key k.example. revealed', before: '', after: '' }]],
          ['CreateTSIGKey', [{ subject: 'TSIG key k.example.', before: '', after: told }]],
        ],
      )
    },
  ],
  [
    'TSIG keys are listed in canonical order, page by page',
    async ({ database }) => {
      for (const name of ['b.example.', 'example.', 'z.a.example.', 'a.example.', 'com.']) await create(database, name)
      const all = ['com.', 'example.', 'a.example.', 'z.a.example.', 'b.example.']
      assert.deepEqual(await names(database), all)
      assert.deepEqual(await names(database, { limit: 2 }), all.slice(0, 2))
      assert.deepEqual(await names(database, { after: 'example.', limit: 2 }), all.slice(2, 4))
    },
  ],
  [
    'a repeated request about a TSIG key is answered as before, also when the key is sealed anew on the way',
    async ({ database }) => {
      const write = context({ requestId: 'one' })
      const made = await create(database, 'k.example.', { write })
      assert.deepEqual(await create(database, 'k.example.', { write, octet: 2 }), made)
      assert.deepEqual((await database.sealedTSIGKey('k.example.'))?.sealed, sealed(1))
      await refused(create(database, 'k.example.', { write: context({ requestId: 'one', body: 'x' }) }), 'REQUEST_ID_REUSED')
      const gone = { ...context({ requestId: 'two' }), name: 'k.example.' }
      await database.deleteTSIGKey(gone)
      await database.deleteTSIGKey(gone)
    },
  ],
  [
    'one of several that make a key at once has made it',
    async ({ database }) => {
      const settled = await Promise.allSettled([1, 2, 3, 4].map((octet) => create(database, 'k.example.', { octet })))
      assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1)
      assert.deepEqual(await database.sealKeyCounts(), [{ sealKey: 'k1', secrets: 1 }])
    },
  ],
  [
    'secrets go under another key piece by piece, and one that has changed meanwhile stays as it is',
    async ({ database }) => {
      for (const [index, name] of ['a.', 'b.', 'c.', 'd.'].entries()) await create(database, name, { octet: index + 1 })
      await create(database, 'e.', { key: 'k2' })
      const first = await database.secretsNotUnder({ sealKey: 'k2', limit: 3 })
      assert.deepEqual(
        first.map(({ kind, name }) => [kind, name]),
        ['a.', 'b.', 'c.'].map((name) => ['tsig', name]),
      )
      await database.deleteTSIGKey({ ...context(), name: 'b.' })
      await create(database, 'b.', { octet: 9 })
      const secrets = first.map(({ sealed: before, ...place }) => ({ ...place, before, after: sealed(100) }))
      assert.equal(await database.resealSecrets({ ...context(), sealKey: 'k2', secrets }), 2)
      assert.equal(await database.resealSecrets({ ...context(), sealKey: 'k2', secrets }), 0)
      assert.deepEqual((await database.sealedTSIGKey('b.'))?.sealed, sealed(9))
      assert.deepEqual((await database.sealedTSIGKey('a.'))?.sealed, sealed(100))
      assert.deepEqual(
        (await database.secretsNotUnder({ sealKey: 'k2', after: first.at(-1)!, limit: 3 })).map(({ name }) => name),
        ['d.'],
      )
      assert.deepEqual(await database.sealKeyCounts(), [
        { sealKey: 'k1', secrets: 2 },
        { sealKey: 'k2', secrets: 3 },
      ])
      const { events } = await database.listEvents({ limit: 1 })
      assert.deepEqual(events[0]?.kind === 'change' && events[0].details, [
        { subject: 'sealed secrets', before: '', after: '{"resealed":2,"sealKey":"k2"}' },
      ])
    },
  ],
]
