/** Passwords are hashed as others hash them, and read at the cost that a hash names. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { hashPassword, isPasswordOf, nobodysHash } from './password-hash.ts'

/** A test vector of the reference implementation. */
const vector = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'

for (const { name, password, phc, is } of [
  { name: 'the vector of the reference implementation', password: 'password', phc: vector, is: true },
  { name: 'another password', password: 'Password', phc: vector, is: false },
  { name: 'nobody', password: '', phc: nobodysHash, is: false },
  { name: 'another algorithm', password: 'password', phc: vector.replace('argon2id', 'argon2i'), is: false },
  { name: 'a hash that ends early', password: 'password', phc: vector.slice(0, -30), is: false },
  { name: 'no hash', password: 'password', phc: '', is: false },
])
  test(`a password is compared with ${name}`, async () => assert.equal(await isPasswordOf(password, phc), is))

test('what is hashed is read again, with a salt of its own each time', async () => {
  const [one, other] = await Promise.all([hashPassword('grüße 🌊'), hashPassword('grüße 🌊')])
  assert.notEqual(one, other)
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  assert.equal(await isPasswordOf('grüße 🌊', one), true)
})

test('the hash of nobody costs what any other does', async () => {
  const costOf = (phc: string) => phc.split('$').slice(1, 4)
  const made = await hashPassword('a')
  assert.deepEqual(costOf(nobodysHash), costOf(made))
  assert.equal(nobodysHash.length, made.length)
})
