/** How policies are read: defaults, and what is refused. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { readPolicy } from './network-policy.ts'
import { refusedSpecs } from './refused-specs.ts'

const policy = (spec: object) => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'one' }, spec })
const all = { podSelector: {} }

for (const { name, spec, types } of [
  { name: 'without rules it is about ingress', spec: all, types: ['Ingress'] },
  { name: 'rules for egress make it about both', spec: { ...all, egress: [{}] }, types: ['Ingress', 'Egress'] },
  { name: 'an empty list of egress rules does not', spec: { ...all, egress: [] }, types: ['Ingress'] },
  { name: 'what it names alone counts', spec: { ...all, policyTypes: ['Egress'], ingress: [{}] }, types: ['Egress'] },
])
  test(`policyTypes: ${name}`, () => assert.deepEqual(readPolicy(policy(spec)).spec.policyTypes, types))

test('a port without a protocol is TCP, and a policy without a namespace is in default', () => {
  const read = readPolicy(policy({ ...all, ingress: [{ ports: [{ port: 53 }] }] }))
  assert.equal(read.spec.ingress[0]?.ports[0]?.protocol, 'TCP')
  assert.equal(read.metadata.namespace, 'default')
})

for (const { name, spec } of refusedSpecs)
  test(`a policy is refused: ${name}`, () => assert.throws(() => readPolicy(policy(spec))))
