/** Laws of credentials: whom they speak for, and for how long. */
import { Code } from '@connectrpc/connect'
import { strict as assert } from 'node:assert'
import type { AddCredentialInput } from '../access/access-port.ts'
import { editor, hash, person, token } from './access-fixture.ts'
import { context, newZone, refused, zone } from './fixture.ts'
import type { Law } from './laws.ts'

export const credentialLaws: Law[] = [
  [
    'a token speaks for its principal, with the grants it has and the zones it owns, also after a restart',
    async (state) => {
      const { database } = state
      await database.createPrincipal(person('anna', { display: 'Anna', grants: [editor] }))
      const { id } = await database.addCredential(token('anna', 'zc_anna'))
      await database.createZone(newZone({ owners: ['anna'] }))
      await state.reopen()
      const found = (await state.database.findCredential(hash('zc_anna')))!
      assert.equal(found.credentialId, id)
      assert.deepEqual(found.principal.display, 'Anna')
      assert.deepEqual(
        found.grants.map(({ role, zones, apex }) => [role, zones, apex]),
        [['editor', zone, false]],
      )
      assert.deepEqual(found.owned, [zone])
      assert.deepEqual(await state.database.ownersOf([zone, 'other.']), [['anna'], []])
      assert.equal(await state.database.findCredential(hash('zc_other')), undefined)
    },
  ],
  [
    'what is revoked, past its end, or of a disabled principal is not in force',
    async ({ database }) => {
      await database.createPrincipal(person('anna'))
      const { id } = await database.addCredential(token('anna', 'one'))
      await database.addCredential(token('anna', 'two', { expiresAtMs: 1 }))
      await database.addCredential(token('anna', 'three', { expiresAtMs: Date.now() + 3_600_000 }))
      const inForce = async () => {
        const found = await Promise.all(['one', 'two', 'three'].map((text) => database.findCredential(hash(text))))
        return found.map((each) => each !== undefined)
      }
      assert.deepEqual(await inForce(), [true, false, true])
      await database.revokeCredential({ ...context(), id })
      assert.deepEqual(await inForce(), [false, false, true])
      await database.updatePrincipal({ ...context(), name: 'anna', disabled: true })
      assert.deepEqual(await inForce(), [false, false, false])
      await database.updatePrincipal({ ...context(), name: 'anna', disabled: false })
      assert.deepEqual(await inForce(), [false, false, true])
      assert.equal((await database.listCredentials('anna'))[0]?.id, id)
      assert.ok((await database.getCredential(id))!.revokedAtMs > 0)
    },
  ],
  [
    'what keeps a credential from being in force is known, and nothing of one that is unknown',
    async ({ database }) => {
      await database.createPrincipal(person('anna'))
      const revoked = await database.addCredential(token('anna', 'revoked'))
      const ended = await database.addCredential(token('anna', 'ended', { expiresAtMs: 1 }))
      const bare = { ...context(), holder: 'anna', label: '', expiresAtMs: 0, kind: 'certificate' } as const
      const named = await database.addCredential({ ...bare, subject: 'CN=anna' })
      await database.revokeCredential({ ...context(), id: revoked.id })
      const faultOf = async (text: string) => database.findFault({ sha256: hash(text) })
      assert.deepEqual(await faultOf('revoked'), { id: revoked.id, principal: 'anna', fault: 'revoked' })
      assert.deepEqual(await faultOf('ended'), { id: ended.id, principal: 'anna', fault: 'ended' })
      assert.equal(await faultOf('unknown'), undefined)
      await database.updatePrincipal({ ...context(), name: 'anna', disabled: true })
      const found = await database.findFault({ fingerprint: 'ff', subject: 'CN=anna' })
      assert.deepEqual(found, { id: named.id, principal: 'anna', fault: 'disabled' })
    },
  ],
  [
    'a credential is rotated: the old one ends after the overlap, and no later than it would have',
    async ({ database }) => {
      await database.createPrincipal(person('anna'))
      const old = await database.addCredential(token('anna', 'old', { label: 'ci' }))
      const overlapUntilMs = Date.now() + 3_600_000
      const next = { ...context(), id: old.id, sha256: hash('new'), expiresAtMs: 0, overlapUntilMs }
      const made = await database.rotateCredential(next)
      assert.equal(made.label, 'ci')
      assert.equal((await database.findCredential(hash('old')))?.expiresAtMs, overlapUntilMs)
      assert.equal((await database.findCredential(hash('new')))?.credentialId, made.id)
      await database.rotateCredential({ ...next, sha256: hash('newer'), overlapUntilMs: overlapUntilMs + 1 })
      assert.equal((await database.getCredential(old.id))?.expiresAtMs, overlapUntilMs)
    },
  ],
  [
    'passwords are found by name, certificates by fingerprint and else by subject',
    async ({ database }) => {
      await database.createPrincipal(person('anna'))
      const bare = { ...context(), holder: 'anna', label: '', expiresAtMs: 0 }
      const phc = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA'
      await database.addCredential({ ...bare, kind: 'password', phc })
      await database.addCredential({ ...bare, kind: 'certificate', fingerprint: 'ab12' })
      await database.addCredential({ ...bare, kind: 'certificate', subject: 'CN=anna' })
      assert.deepEqual(
        (await database.findPasswords('anna'))?.passwords.map((each) => each.phc),
        [phc],
      )
      assert.equal(await database.findPasswords('bea'), undefined)
      assert.equal((await database.findCertificate({ fingerprint: 'ab12', subject: 'CN=x' }))?.principal.name, 'anna')
      assert.equal((await database.findCertificate({ fingerprint: 'ff', subject: 'CN=anna' }))?.principal.name, 'anna')
      assert.equal(await database.findCertificate({ fingerprint: '', subject: '' }), undefined)
    },
  ],
  [
    'a certificate is of one credential in force, and is free again when that has ended or is revoked',
    async ({ database }) => {
      for (const name of ['anna', 'bea']) await database.createPrincipal(person(name))
      const give = (holder: string, own: Partial<AddCredentialInput>) =>
        database.addCredential({ ...context(), holder, kind: 'certificate', label: '', expiresAtMs: 0, ...own })
      for (const [own, other] of [
        [{ fingerprint: 'ab12' }, { fingerprint: 'cd34' }],
        [{ subject: 'CN=anna' }, { subject: 'CN=bea' }],
      ] as const) {
        const both = await Promise.allSettled([give('anna', own), give('bea', own)])
        assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
        const [first] = both.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
        const stranger = first!.principal === 'anna' ? 'bea' : 'anna'
        const [text] = Object.values(own)
        // Says nothing of whose the other is.
        const message = `another credential in force has the certificate ${text}; revoke that one first`
        for (const name of ['anna', 'bea'])
          await assert.rejects(give(name, own), { name: 'Refusal', message, code: Code.AlreadyExists })
        const theirs = await give(stranger, other)
        const next = { ...context(), expiresAtMs: 0, overlapUntilMs: Date.now() + 3_600_000 }
        await refused(database.rotateCredential({ ...next, ...own, id: theirs.id }), 'another credential in force')
        const { id } = await database.rotateCredential({ ...next, ...own, id: first!.id })
        await database.revokeCredential({ ...context(), id })
        await refused(give(stranger, own), 'another credential in force')
        await database.revokeCredential({ ...context(), id: first!.id })
        await give(stranger, { ...own, expiresAtMs: 1 })
        await give(stranger, own)
        const found = await database.findCertificate({ fingerprint: '', subject: '', ...own })
        assert.equal(found?.principal.name, stranger)
      }
    },
  ],
  [
    'the last use of a credential goes forward',
    async ({ database }) => {
      await database.createPrincipal(person('anna'))
      const { id } = await database.addCredential(token('anna', 'anna'))
      const revision = await database.accessRevision()
      await database.noteCredentialUses([{ id, atMs: 50 }])
      await database.noteCredentialUses([{ id, atMs: 40 }])
      assert.equal((await database.getCredential(id))?.lastUsedAtMs, 50)
      assert.equal(await database.accessRevision(), revision)
    },
  ],
]
