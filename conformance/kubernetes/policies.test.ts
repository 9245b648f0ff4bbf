/** The rendered NetworkPolicies let pass what the allow matrix lists, and nothing else; whatever is taken from them or widened shows. */
import assert from 'node:assert/strict'
import {
  allowMatrix,
  compare,
  connections,
  type NetworkPolicy,
  overlays,
  readManifests,
  render,
  type Rendered,
} from '@zonecast/deploy'
import { test } from 'vitest'

type Spec = NetworkPolicy['spec']

const matrix = allowMatrix()

for (const overlay of overlays) {
  test(`${overlay}: what the matrix lists passes, and everything else is refused`, async () => {
    const { tried, passing, differences } = compare(matrix, overlay, readManifests(await render(overlay)))
    assert.deepEqual(differences, [])
    assert.ok(tried > 10_000 && passing > 100, `${passing} of ${tried}`)
  })

  test(`${overlay}: every policy that is dropped and every part of one that is widened or narrowed is found`, async () => {
    const rendered = readManifests(await render(overlay))
    const unnoticed: string[] = []
    let tried = 0
    for (const { name, policies } of mutants(rendered)) {
      tried++
      if (!differs(overlay, { ...rendered, cluster: { ...rendered.cluster, policies } })) unnoticed.push(name)
    }
    assert.deepEqual(unnoticed, [])
    assert.ok(tried > 50, `${tried} were tried`)
  })
}

function differs(overlay: string, rendered: Rendered): boolean {
  for (const { wrong } of connections(matrix, overlay, rendered)) if (wrong) return true
  return false
}

interface Mutant {
  readonly name: string
  readonly policies: readonly NetworkPolicy[]
}

function* mutants({ cluster: { policies } }: Rendered): Generator<Mutant> {
  for (const [i, policy] of policies.entries()) {
    const { name } = policy.metadata
    yield { name: `${name} dropped`, policies: policies.toSpliced(i, 1) }
    for (const [what, spec] of changed(policy.spec)) {
      yield { name: `${name}: ${what}`, policies: policies.with(i, { ...policy, spec }) }
    }
  }
}

function* changed(spec: Spec): Generator<[string, Spec]> {
  if (spec.policyTypes.length > 1 || spec.ingress.length + spec.egress.length > 0)
    yield ['for nobody', { ...spec, policyTypes: [] }]
  if (Object.keys(spec.podSelector).length > 0) yield ['for every Pod', { ...spec, podSelector: {} }]
  for (const [what, podSelector] of changedSelectors(spec.podSelector)) yield [`podSelector ${what}`, { ...spec, podSelector }]
  for (const [i, rule] of spec.ingress.entries()) {
    for (const [what, { peers: from, ports }] of changedRules({ peers: rule.from, ports: rule.ports }))
      yield [`ingress ${i} ${what}`, { ...spec, ingress: spec.ingress.with(i, { from, ports }) }]
    yield [`ingress ${i} dropped`, { ...spec, ingress: spec.ingress.toSpliced(i, 1) }]
  }
  for (const [i, rule] of spec.egress.entries()) {
    for (const [what, { peers: to, ports }] of changedRules({ peers: rule.to, ports: rule.ports }))
      yield [`egress ${i} ${what}`, { ...spec, egress: spec.egress.with(i, { to, ports }) }]
    yield [`egress ${i} dropped`, { ...spec, egress: spec.egress.toSpliced(i, 1) }]
  }
}

type Peer = Spec['ingress'][number]['from'][number]
type Port = Spec['ingress'][number]['ports'][number]
type Selector = Spec['podSelector']
interface Rule {
  readonly peers: Peer[]
  readonly ports: Port[]
}

function* changedRules({ peers, ports }: Rule): Generator<[string, Rule]> {
  yield ['all ports', { peers, ports: [] }]
  if (peers.length > 0) yield ['everybody', { peers: [], ports }]
  for (const [i, port] of ports.entries()) {
    const number = Number(port.port)
    if (ports.length > 1) yield [`port ${i} dropped`, { peers, ports: ports.toSpliced(i, 1) }]
    yield [`port ${i} + 1`, { peers, ports: ports.with(i, { ...port, endPort: (port.endPort ?? number) + 1 }) }]
    yield [`port ${i} - 1`, { peers, ports: ports.with(i, { ...port, port: number - 1, endPort: port.endPort ?? number }) }]
    yield [`port ${i} by SCTP, too`, { peers, ports: [...ports, { ...port, protocol: 'SCTP' }] }]
  }
  for (const [i, peer] of peers.entries()) {
    if (peers.length > 1) yield [`peer ${i} dropped`, { peers: peers.toSpliced(i, 1), ports }]
    for (const [what, other] of changedPeers(peer)) yield [`peer ${i} ${what}`, { peers: peers.with(i, other), ports }]
  }
}

function* changedPeers(peer: Peer): Generator<[string, Peer]> {
  const { podSelector, namespaceSelector } = peer
  yield ['in every namespace', { ...peer, namespaceSelector: {} }]
  yield ['every Pod', { ...peer, podSelector: {} }]
  for (const [what, other] of changedSelectors(podSelector ?? {})) yield [`podSelector ${what}`, { ...peer, podSelector: other }]
  if (podSelector && namespaceSelector) yield ['in its own namespace', { podSelector }]
}

function* changedSelectors(selector: Selector): Generator<[string, Selector]> {
  const { matchLabels = {}, matchExpressions = [] } = selector
  for (const key of Object.keys(matchLabels)) {
    const left = Object.fromEntries(Object.entries(matchLabels).filter(([other]) => other !== key))
    yield [`without ${key}`, { ...selector, matchLabels: left }]
  }
  for (const [i, expression] of matchExpressions.entries()) {
    const { values = [] } = expression
    if (expression.operator !== 'In') continue
    for (const value of values) {
      const left = { ...expression, values: values.filter((other) => other !== value) }
      if (left.values.length > 0) yield [`without ${value}`, { ...selector, matchExpressions: matchExpressions.with(i, left) }]
    }
    const more = { ...expression, values: [...values, 'other'] }
    yield ['with one more value', { ...selector, matchExpressions: matchExpressions.with(i, more) }]
  }
}
