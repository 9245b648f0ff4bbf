import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { clientConfig } from './client-config.ts'

const statementMs = 1_000

for (const { name, url, tls } of [
  { name: 'loopback needs no TLS', url: 'postgres://z@127.0.0.1:5432/zones', tls: false },
  { name: 'nor does it over IPv6', url: 'postgres://z@[::1]/zones', tls: false },
  { name: 'nor by its name', url: 'postgres://z@localhost/zones', tls: false },
  { name: 'nor does a socket of this machine', url: 'postgres:///zones?host=/run/postgresql', tls: false },
  { name: 'another machine is spoken to by TLS', url: 'postgres://z@db.example/zones', tls: true },
  { name: 'also where its name begins like loopback', url: 'postgres://z@127.example/zones', tls: true },
  { name: 'also where a parameter names it', url: 'postgres:///zones?host=db.example', tls: true },
  { name: 'unless the URL says what to do', url: 'postgres://z@db.example/zones?sslmode=disable', tls: false },
])
  test(`clientConfig: ${name}`, () => assert.equal(clientConfig({ url, statementMs }).ssl === true, tls))

test('clientConfig: a password from elsewhere takes the place of the one in the URL, whatever it is made of', () => {
  const { connectionString = '' } = clientConfig({ url: 'postgres://z:old@127.0.0.1/zones', password: 'a b&c=%/ü', statementMs })
  assert.equal(new URL(connectionString).searchParams.get('password'), 'a b&c=%/ü')
})
