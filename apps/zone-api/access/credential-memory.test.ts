/** What is known of a credential while the database cannot be asked. */
import { strict as assert } from 'node:assert'
import { principalOfRole } from '@zonecast/rpc'
import { fakeClock } from '@zonecast/testkit'
import { test } from 'vitest'
import { CredentialMemory, type Found } from './credential-memory.ts'

function open(expiresAtMs = 0) {
  const clock = fakeClock()
  const memory = new CredentialMemory({ clock })
  const state: { says: Found | 'away' | 'revoked' } = {
    says: { principal: principalOfRole('anna', 'viewer'), expiresAtMs: expiresAtMs && clock.now() + expiresAtMs },
  }
  const find = async () => {
    if (state.says === 'away') throw new Error('the database is away')
    return state.says === 'revoked' ? { claimed: 'anna', fault: 'it was revoked' } : state.says
  }
  const ask = async (orLast: boolean) => (await memory.answer('a', 'token', find, orLast)).principal.name
  return { clock, memory, state, ask }
}

test('who was in force is known still for a day to those who ask for it, and to nobody else', async () => {
  const { clock, state, ask } = open()
  assert.equal(await ask(false), 'anna')
  state.says = 'away'
  clock.advance({ seconds: 60 })
  assert.equal(await ask(true), 'anna')
  await assert.rejects(ask(false), /away/)
  clock.advance({ seconds: 86_400 })
  await assert.rejects(ask(true), /away/)
})

test('nobody is let in who was not known, has ended, was revoked, or may have been changed', async () => {
  const stranger = open()
  stranger.state.says = 'away'
  await assert.rejects(stranger.ask(true), /away/)

  const ended = open(30_000)
  await ended.ask(false)
  ended.state.says = 'away'
  ended.clock.advance({ seconds: 20 })
  assert.equal(await ended.ask(true), 'anna')
  ended.clock.advance({ seconds: 10 })
  await assert.rejects(ended.ask(true), /away/)

  const revoked = open()
  await revoked.ask(false)
  revoked.state.says = 'revoked'
  revoked.clock.advance({ seconds: 60 })
  await assert.rejects(revoked.ask(true), /not in force/)
  revoked.state.says = 'away'
  revoked.clock.advance({ seconds: 60 })
  await assert.rejects(revoked.ask(true))

  const changed = open()
  await changed.ask(false)
  changed.memory.forget()
  changed.state.says = 'away'
  await assert.rejects(changed.ask(true), /away/)
})
