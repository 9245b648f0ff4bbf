/** The comparison with an allow matrix, on a cluster of two workloads. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { compare } from './compare.ts'
import { type Manifest, readManifests } from './manifests.ts'
import { readMatrix } from './matrix.ts'
import { allowTable } from './table.ts'

const matrix = readMatrix({
  parties: {
    web: { what: 'calls the database', workload: 'web' },
    db: { what: 'is called', workload: 'db' },
    gateway: { what: 'calls the web', namespace: 'outside', labels: { app: 'gateway' } },
  },
  addresses: ['192.0.2.1'],
  allow: [
    { from: ['web'], to: ['db'], ports: ['sql'], why: 'data' },
    { from: ['gateway'], to: ['web'], ports: ['http'], why: 'pages', overlays: ['open'] },
  ],
})

const workload = (name: string, port: object): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'zonecast' },
  spec: { template: { metadata: { labels: { app: name } }, spec: { containers: [{ name, ports: [port] }] } } },
})
const policy = (name: string, spec: object): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'zonecast' },
  spec,
})
const of = (app: string) => ({ podSelector: { matchLabels: { app } } })
const sql = { ports: [{ port: 5432 }] }
const http = { ports: [{ port: 80 }] }

const workloads = [workload('web', { name: 'http', containerPort: 80 }), workload('db', { name: 'sql', containerPort: 5432 })]
const deny = policy('deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] })
const intoDB = policy('into-db', { ...of('db'), policyTypes: ['Ingress'], ingress: [{ from: [of('web')], ...sql }] })
const outOfWeb = policy('out-of-web', { ...of('web'), policyTypes: ['Egress'], egress: [{ to: [of('db')], ...sql }] })
const gateway = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'outside' } }, ...of('gateway') }
const intoWeb = policy('into-web', { ...of('web'), policyTypes: ['Ingress'], ingress: [{ from: [gateway], ...http }] })

const differences = (overlay: string, ...policies: readonly Manifest[]) =>
  compare(matrix, overlay, readManifests([...workloads, ...policies])).differences

test('policies that say what the matrix says differ nowhere', () => {
  assert.deepEqual(differences('closed', deny, intoDB, outOfWeb), [])
  assert.deepEqual(differences('open', deny, intoDB, outOfWeb, intoWeb), [])
})

for (const { name, policies, found } of [
  {
    name: 'what is listed and does not pass',
    policies: [deny, intoDB],
    found: /^web-0 → db-0 TCP 5432 is in the matrix and does not pass/,
  },
  {
    name: 'what passes and is not listed',
    policies: [deny, intoDB, outOfWeb, intoWeb],
    found: /^gateway-0 → web-0 TCP 80 passes/,
  },
  {
    name: 'a way out that is too wide behind a way in that is not',
    policies: [deny, intoDB, policy('wide', { ...of('web'), policyTypes: ['Egress'], egress: [{ to: [of('db')] }] })],
    found: /^web-0 → db-0 TCP 1, out of web-0, passes and is not in the matrix/,
  },
  {
    name: 'a way in for the same labels of any namespace',
    policies: [
      deny,
      outOfWeb,
      policy('wide', { ...of('db'), ingress: [{ from: [{ namespaceSelector: {}, ...of('web') }], ...sql }] }),
    ],
    found: /^web elsewhere → db-0 TCP 5432 passes/,
  },
  { name: 'a namespace without a policy', policies: [], found: /no policy selects it/ },
])
  test(`found: ${name}`, () => {
    const all = differences('closed', ...policies)
    assert.ok(
      all.some((one) => found.test(one)),
      all.slice(0, 5).join('\n'),
    )
  })

test('a workload that the matrix does not know is refused, and so is a party without one', () => {
  const other = workload('other', { containerPort: 1 })
  assert.throws(() => compare(matrix, 'open', readManifests([...workloads, other, deny])), /does not know other/)
  assert.throws(() => compare(matrix, 'open', readManifests([deny])), /no workload is called web/)
})

test('Pods in the network of their node are refused: policies do not reach them', () => {
  const spec = { template: { metadata: { labels: {} }, spec: { hostNetwork: true, containers: [{}] } } }
  assert.throws(() => readManifests([{ ...workloads[0]!, spec }]), /hostNetwork/)
})

test('a row with a party that is not there is refused', () => {
  assert.throws(
    () => readMatrix({ parties: {}, addresses: [], allow: [{ from: ['nobody'], to: ['nobody'], ports: ['x'], why: '' }] }),
    /nobody is no party/,
  )
})

test('the table has a row for each row, with ports by number', () => {
  const lines = allowTable(matrix, readManifests(workloads)).split('\n')
  assert.equal(lines[2], '| `web` | `db` | TCP 5432 | data |  |')
  assert.equal(lines[3], '| `gateway` | `web` | TCP 80 | pages | open |')
})
