/** Laws of NetworkPolicies that hold whatever the policies say. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { type Cluster, evaluate, type Flow, isPod, type Party, type Pod } from './evaluate.ts'
import { type NetworkPolicy, protocols, readPolicy } from './network-policy.ts'
import { type Labels, selects } from './selector.ts'

const namespaces: Cluster['namespaces'] = new Map<string, Labels>([
  ['one', { team: 'a' }],
  ['two', { team: 'b' }],
])

// Few words, so that selectors meet what they select.
const arbWord = fc.constantFrom('a', 'b')
const arbLabels = fc.dictionary(fc.constantFrom('app', 'tier'), arbWord, { maxKeys: 2 })
const arbNamespace = fc.constantFrom('one', 'two')
const arbPort = fc.integer({ min: 1, max: 4 })
const arbAddress = fc.constantFrom('10.0.0.1', '10.0.1.1', '192.0.2.1', '2001:db8::1')
const optional = { requiredKeys: [] as [] }

const arbSelector = fc.record(
  {
    matchLabels: arbLabels,
    matchExpressions: fc.array(
      fc.record({
        key: fc.constantFrom('app', 'tier', 'team'),
        operator: fc.constantFrom('In', 'NotIn'),
        values: fc.array(arbWord, { minLength: 1, maxLength: 2 }),
      }),
      { maxLength: 1 },
    ),
  },
  optional,
)
const arbPeer = fc.oneof(
  fc.record({ podSelector: arbSelector }),
  fc.record({ namespaceSelector: arbSelector }),
  fc.record({ podSelector: arbSelector, namespaceSelector: arbSelector }),
  fc
    .constantFrom({ cidr: '0.0.0.0/0' }, { cidr: '10.0.0.0/8', except: ['10.0.1.0/24'] }, { cidr: '::/0' })
    .map((ipBlock) => ({ ipBlock })),
)
const arbRulePort = fc.oneof(
  fc.record({ protocol: fc.constantFrom(...protocols), port: fc.oneof(arbPort, fc.constant('web')) }),
  fc.tuple(arbPort, fc.nat(2)).map(([port, more]) => ({ port, endPort: port + more })),
  fc.record({ protocol: fc.constantFrom(...protocols) }),
)
const arbRule = (peers: 'from' | 'to') =>
  fc.record({ [peers]: fc.array(arbPeer, { maxLength: 2 }), ports: fc.array(arbRulePort, { maxLength: 2 }) }, optional)
const arbSpec = fc.record(
  {
    podSelector: arbSelector,
    policyTypes: fc.subarray(['Ingress', 'Egress']),
    ingress: fc.array(arbRule('from'), { maxLength: 2 }),
    egress: fc.array(arbRule('to'), { maxLength: 2 }),
  },
  optional,
)
const arbPolicy: fc.Arbitrary<NetworkPolicy> = fc
  .tuple(arbNamespace, arbSpec)
  .map(([namespace, spec]) =>
    readPolicy({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'p', namespace }, spec }),
  )
const arbPolicies = fc.array(arbPolicy, { maxLength: 4 })
const arbPod: fc.Arbitrary<Pod> = fc.record({
  name: fc.constant('pod'),
  namespace: arbNamespace,
  labels: arbLabels,
  ports: fc.array(fc.record({ name: fc.constant('web'), protocol: fc.constantFrom(...protocols), number: arbPort }), {
    maxLength: 1,
  }),
})
const arbParty: fc.Arbitrary<Party> = fc.oneof(
  arbPod,
  arbAddress.map((address) => ({ address })),
)
const arbFlow: fc.Arbitrary<Flow> = fc.record({
  from: arbParty,
  to: arbParty,
  protocol: fc.constantFrom(...protocols),
  port: arbPort,
})

const passes = (policies: readonly NetworkPolicy[], flow: Flow) => evaluate({ namespaces, policies }, flow).allowed

/** True where a policy closes a side of the flow. */
function closes({ metadata, spec }: NetworkPolicy, { from, to }: Flow): boolean {
  const selected = (party: Party) =>
    isPod(party) && party.namespace === metadata.namespace && selects(spec.podSelector, party.labels)
  return (spec.policyTypes.includes('Egress') && selected(from)) || (spec.policyTypes.includes('Ingress') && selected(to))
}

test('a further policy takes nothing from a side that one selects already', () =>
  fc.assert(
    fc.property(arbPolicies, arbPolicy, arbFlow, (policies, further, flow) => {
      const { allowed, egress, ingress } = evaluate({ namespaces, policies }, flow)
      const closedAlready = egress !== 'open' && ingress !== 'open'
      if (allowed && (closedAlready || !closes(further, flow))) assert.ok(passes([...policies, further], flow))
    }),
    { numRuns: 1_000 },
  ))

test('a further policy gives nothing to a side that none selects, and nothing where it selects nobody', () =>
  fc.assert(
    fc.property(arbPolicies, arbPolicy, arbFlow, (policies, further, flow) => {
      const { allowed } = evaluate({ namespaces, policies }, flow)
      if (!allowed && !closes(further, flow)) assert.ok(!passes([...policies, further], flow))
    }),
    { numRuns: 1_000 },
  ))

test('a further rule takes nothing', () =>
  fc.assert(
    fc.property(arbPolicies, arbPolicy, arbPolicy, arbFlow, (policies, policy, { spec }, flow) => {
      const { ingress, egress } = policy.spec
      const more = {
        ...policy,
        spec: { ...policy.spec, ingress: [...ingress, ...spec.ingress], egress: [...egress, ...spec.egress] },
      }
      if (passes([...policies, policy], flow)) assert.ok(passes([...policies, more], flow))
    }),
    { numRuns: 1_000 },
  ))

test('the order of policies does not matter, and one said twice is said once', () =>
  fc.assert(
    fc.property(arbPolicies, arbFlow, (policies, flow) => {
      const allowed = passes(policies, flow)
      assert.equal(passes(policies.toReversed(), flow), allowed)
      assert.equal(passes([...policies, ...policies], flow), allowed)
    }),
  ))

test('a policy is the sum of its rules', () =>
  fc.assert(
    fc.property(arbPolicy, arbFlow, (policy, flow) => {
      const { spec } = policy
      const alone = (ingress: typeof spec.ingress, egress: typeof spec.egress) => ({
        ...policy,
        spec: { ...spec, ingress, egress },
      })
      const parts = [alone([], []), ...spec.ingress.map((one) => alone([one], [])), ...spec.egress.map((one) => alone([], [one]))]
      assert.equal(passes(parts, flow), passes([policy], flow))
    }),
  ))

test('a flow passes where its egress and its ingress do, each by itself', () =>
  fc.assert(
    fc.property(arbPolicies, arbFlow, (policies, flow) => {
      const only = (type: 'Ingress' | 'Egress') =>
        policies.map((one) => ({
          ...one,
          spec: { ...one.spec, policyTypes: one.spec.policyTypes.filter((own) => own === type) },
        }))
      assert.equal(passes(policies, flow), passes(only('Ingress'), flow) && passes(only('Egress'), flow))
    }),
  ))

test('the default deny of a namespace leaves nothing of it open', () =>
  fc.assert(
    fc.property(arbFlow, (flow) => {
      const deny = readPolicy({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'deny', namespace: 'one' },
        spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
      })
      const concerned = [flow.from, flow.to].some((party) => isPod(party) && party.namespace === 'one')
      assert.equal(passes([deny], flow), !concerned)
    }),
  ))
