/** Who reaches whom under policies: cases one by one, the example of Kubernetes' manual, and laws. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { type Cluster, evaluate, type Party, type Pod } from './evaluate.ts'
import { readPolicy } from './network-policy.ts'
import type { Labels } from './selector.ts'

const namespaces: Cluster['namespaces'] = new Map<string, Labels>([
  ['default', { 'kubernetes.io/metadata.name': 'default' }],
  ['ours', { 'kubernetes.io/metadata.name': 'ours', project: 'myproject' }],
])
const pod = (labels: Pod['labels'], namespace = 'default', more: Partial<Pod> = {}): Pod => ({
  name: 'pod',
  namespace,
  labels,
  ports: [],
  ...more,
})
const policy = (spec: object, namespace = 'default') =>
  readPolicy({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'one', namespace }, spec })

const server = pod({ role: 'server' }, 'default', {
  ports: [{ name: 'dns', protocol: 'UDP', number: 5300 }],
  addresses: ['10.1.0.1'],
})
const client = pod({ role: 'client' }, 'default', { addresses: ['10.1.0.2'] })
const far = pod({ role: 'client' }, 'ours')
const outside = { address: '192.0.2.1' }

const toServer = { podSelector: { matchLabels: { role: 'server' } } }
const fromClient = { podSelector: { matchLabels: { role: 'client' } } }
const fromOurs = { namespaceSelector: { matchLabels: { project: 'myproject' } } }

interface Case {
  readonly name: string
  readonly specs: readonly object[]
  readonly from?: Party
  readonly to?: Party
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP'
  readonly port?: number
  readonly allowed: boolean
}

const cases: readonly Case[] = [
  { name: 'without policies everything passes', specs: [], allowed: true },
  { name: 'an empty policy closes ingress', specs: [{ podSelector: {} }], allowed: false },
  { name: 'an empty policy leaves egress open', specs: [{ podSelector: {} }], to: outside, allowed: true },
  { name: 'a policy for others closes nothing', specs: [{ podSelector: { matchLabels: { role: 'other' } } }], allowed: true },
  { name: 'a rule that says nothing opens all', specs: [{ ...toServer, ingress: [{}] }], allowed: true },
  {
    name: 'a rule without peers is for everybody',
    specs: [{ ...toServer, ingress: [{ from: [], ports: [{ port: 80 }] }] }],
    from: outside,
    allowed: true,
  },
  {
    name: 'a rule without ports is for all',
    specs: [{ ...toServer, ingress: [{ from: [fromClient] }] }],
    protocol: 'SCTP',
    port: 7,
    allowed: true,
  },
  { name: 'another port than the rule', specs: [{ ...toServer, ingress: [{ ports: [{ port: 81 }] }] }], allowed: false },
  {
    name: 'a port is TCP where nothing is said',
    specs: [{ ...toServer, ingress: [{ ports: [{ port: 80 }] }] }],
    protocol: 'UDP',
    allowed: false,
  },
  {
    name: 'a protocol without a port is all its ports',
    specs: [{ ...toServer, ingress: [{ ports: [{ protocol: 'UDP' }] }] }],
    protocol: 'UDP',
    port: 9,
    allowed: true,
  },
  {
    name: 'the first port of a range',
    specs: [{ ...toServer, ingress: [{ ports: [{ port: 80, endPort: 90 }] }] }],
    allowed: true,
  },
  {
    name: 'the last port of a range',
    specs: [{ ...toServer, ingress: [{ ports: [{ port: 70, endPort: 80 }] }] }],
    allowed: true,
  },
  { name: 'behind a range', specs: [{ ...toServer, ingress: [{ ports: [{ port: 70, endPort: 79 }] }] }], allowed: false },
  {
    name: 'a named port',
    specs: [{ ...toServer, ingress: [{ ports: [{ protocol: 'UDP', port: 'dns' }] }] }],
    protocol: 'UDP',
    port: 5300,
    allowed: true,
  },
  {
    name: 'a named port of another protocol',
    specs: [{ ...toServer, ingress: [{ ports: [{ port: 'dns' }] }] }],
    port: 5300,
    allowed: false,
  },
  {
    name: 'a name that the Pod does not have',
    specs: [{ ...toServer, ingress: [{ ports: [{ protocol: 'UDP', port: 'web' }] }] }],
    protocol: 'UDP',
    port: 5300,
    allowed: false,
  },
  {
    name: 'in egress a name is a port of the Pod that is called',
    specs: [{ ...fromClient, policyTypes: ['Egress'], egress: [{ ports: [{ protocol: 'UDP', port: 'dns' }] }] }],
    protocol: 'UDP',
    port: 5300,
    allowed: true,
  },
  {
    name: 'a name means nothing where no Pod is called',
    specs: [{ ...fromClient, policyTypes: ['Egress'], egress: [{ ports: [{ port: 'dns' }] }] }],
    to: outside,
    port: 5300,
    allowed: false,
  },
  { name: 'a peer of the same namespace', specs: [{ ...toServer, ingress: [{ from: [fromClient] }] }], allowed: true },
  {
    name: 'a peer by its Pod is no one of another namespace',
    specs: [{ ...toServer, ingress: [{ from: [fromClient] }] }],
    from: far,
    allowed: false,
  },
  { name: 'a peer by its namespace', specs: [{ ...toServer, ingress: [{ from: [fromOurs] }] }], from: far, allowed: true },
  {
    name: 'an empty selector of namespaces is all of them',
    specs: [{ ...toServer, ingress: [{ from: [{ namespaceSelector: {} }] }] }],
    from: far,
    allowed: true,
  },
  {
    name: 'all namespaces are not all addresses',
    specs: [{ ...toServer, ingress: [{ from: [{ namespaceSelector: {} }] }] }],
    from: outside,
    allowed: false,
  },
  {
    name: 'namespace and Pod in one peer have to fit both',
    specs: [{ ...toServer, ingress: [{ from: [{ ...fromOurs, ...toServer }] }] }],
    from: far,
    allowed: false,
  },
  {
    name: 'as two peers either is enough',
    specs: [{ ...toServer, ingress: [{ from: [fromOurs, toServer] }] }],
    from: far,
    allowed: true,
  },
  {
    name: 'ports and peers of different rules do not mix',
    specs: [
      {
        ...toServer,
        ingress: [
          { from: [fromOurs], ports: [{ port: 80 }] },
          { from: [fromClient], ports: [{ port: 81 }] },
        ],
      },
    ],
    allowed: false,
  },
  { name: 'policies add up', specs: [{ podSelector: {} }, { ...toServer, ingress: [{ from: [fromClient] }] }], allowed: true },
  {
    name: 'egress has to let it pass as well',
    specs: [
      { ...toServer, ingress: [{}] },
      { ...fromClient, policyTypes: ['Egress'] },
    ],
    allowed: false,
  },
  {
    name: 'both let it pass',
    specs: [
      { ...toServer, ingress: [{}] },
      { ...fromClient, policyTypes: ['Egress'], egress: [{ to: [toServer] }] },
    ],
    allowed: true,
  },
  {
    name: 'rules of a direction that is not meant do nothing',
    specs: [{ ...toServer, policyTypes: ['Egress'], ingress: [{ from: [fromOurs] }] }],
    allowed: true,
  },
  {
    name: 'a block is for addresses outside',
    specs: [{ ...toServer, ingress: [{ from: [{ ipBlock: { cidr: '192.0.2.0/24' } }] }] }],
    from: outside,
    allowed: true,
  },
  {
    name: 'a block is for Pods where their addresses are known',
    specs: [{ ...toServer, ingress: [{ from: [{ ipBlock: { cidr: '10.1.0.0/16' } }] }] }],
    allowed: true,
  },
  {
    name: 'and not where they are not',
    specs: [{ ...toServer, ingress: [{ from: [{ ipBlock: { cidr: '10.1.0.0/16' } }] }] }],
    from: far,
    allowed: false,
  },
  { name: 'a Pod reaches itself', specs: [{ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }], from: server, allowed: true },
  {
    name: 'what is outside is nobody policies speak for',
    specs: [{ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }],
    from: outside,
    to: far,
    allowed: true,
  },
]

for (const { name, specs, from = client, to = server, protocol = 'TCP', port = 80, allowed } of cases)
  test(`evaluate: ${name}`, () => {
    const cluster = { namespaces, policies: specs.map((spec) => policy(spec)) }
    assert.equal(evaluate(cluster, { from, to, protocol, port }).allowed, allowed)
  })

test('a verdict names the policies it comes from', () => {
  const cluster = { namespaces, policies: [policy({ podSelector: {} })] }
  const { egress, ingress } = evaluate(cluster, { from: client, to: server, protocol: 'TCP', port: 80 })
  assert.deepEqual({ egress, ingress }, { egress: 'open', ingress: { selectedBy: ['one'], allowedBy: [] } })
})

/** The example of https://kubernetes.io/docs/concepts/services-networking/network-policies/. */
const example = policy({
  podSelector: { matchLabels: { role: 'db' } },
  policyTypes: ['Ingress', 'Egress'],
  ingress: [
    {
      from: [
        { ipBlock: { cidr: '172.17.0.0/16', except: ['172.17.1.0/24'] } },
        { namespaceSelector: { matchLabels: { project: 'myproject' } } },
        { podSelector: { matchLabels: { role: 'frontend' } } },
      ],
      ports: [{ protocol: 'TCP', port: 6379 }],
    },
  ],
  egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/24' } }], ports: [{ protocol: 'TCP', port: 5978 }] }],
})
const db = pod({ role: 'db' })

for (const { name, from = db, to = db, port, protocol = 'TCP', allowed } of [
  { name: 'an address of the block', from: { address: '172.17.0.5' }, port: 6379, allowed: true },
  { name: 'an address of the exception', from: { address: '172.17.1.5' }, port: 6379, allowed: false },
  { name: 'the address behind the exception', from: { address: '172.17.2.0' }, port: 6379, allowed: true },
  { name: 'an address beside the block', from: { address: '172.18.0.0' }, port: 6379, allowed: false },
  { name: 'any Pod of a namespace of the project', from: pod({}, 'ours'), port: 6379, allowed: true },
  { name: 'a frontend of the same namespace', from: pod({ role: 'frontend' }), port: 6379, allowed: true },
  { name: 'a backend of the same namespace', from: pod({ role: 'backend' }), port: 6379, allowed: false },
  { name: 'a frontend of a namespace without the label', from: pod({ role: 'frontend' }, 'third'), port: 6379, allowed: false },
  { name: 'a frontend at another port', from: pod({ role: 'frontend' }), port: 6380, allowed: false },
  { name: 'a frontend by UDP', from: pod({ role: 'frontend' }), port: 6379, protocol: 'UDP', allowed: false },
  {
    name: 'a frontend to a Pod that is no database',
    from: pod({ role: 'frontend' }),
    to: pod({ role: 'web' }),
    port: 1,
    allowed: true,
  },
  {
    name: 'a frontend to a database of another namespace',
    from: pod({ role: 'frontend' }),
    to: pod({ role: 'db' }, 'ours'),
    port: 1,
    allowed: true,
  },
  { name: 'a database to an address of its block', to: { address: '10.0.0.255' }, port: 5978, allowed: true },
  { name: 'a database to that address at another port', to: { address: '10.0.0.255' }, port: 5979, allowed: false },
  { name: 'a database to an address behind its block', to: { address: '10.0.1.0' }, port: 5978, allowed: false },
  { name: 'one database to another', from: pod({ role: 'db' }), port: 6379, allowed: false },
] satisfies readonly Partial<Case & { port: number }>[])
  test(`the example of the manual: ${name}: ${allowed ? 'passes' : 'is refused'}`, () => {
    const cluster: Cluster = { namespaces: new Map([...namespaces, ['third', {}]]), policies: [example] }
    assert.equal(evaluate(cluster, { from, to, protocol: protocol as 'TCP', port }).allowed, allowed)
  })
