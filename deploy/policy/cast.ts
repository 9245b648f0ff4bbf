/** Everybody who is tried against the policies: the parties of the matrix, and strangers who resemble them. */
import { type Cluster, isPod, type Outsider, type Party, type Pod } from './evaluate.ts'
import { edgesOf, formatAddress } from './ip-block.ts'
import type { Matrix } from './matrix.ts'
import { labelsOfNamespace, type Rendered } from './manifests.ts'
import { rulesOf } from './network-policy.ts'

export interface Member {
  /** Of the matrix; strangers have none. */
  readonly role?: string
  readonly name: string
  readonly party: Party
}

export interface Cast {
  readonly members: readonly Member[]
  readonly cluster: Cluster
}

const elsewhere = 'default'

/** Two of each party, since Pods of one workload are strangers to each other, too. */
export function assemble(matrix: Matrix, { cluster, workloads }: Rendered): Cast {
  const unnamed = new Set(workloads.keys())
  const members: Member[] = []
  for (const [role, said] of Object.entries(matrix.parties)) {
    const pod = 'workload' in said ? workloads.get(said.workload) : declaredPod(role, said)
    if (!pod) throw new Error(`no workload is called ${role}`)
    unnamed.delete(pod.name)
    for (const name of [`${role}-0`, `${role}-1`]) members.push({ role, name, party: { ...pod, name } })
    members.push(...strangersLike(pod).map((party) => ({ name: party.name, party })))
  }
  if (unnamed.size > 0) throw new Error(`the matrix does not know ${[...unnamed].join(', ')}`)
  members.push(...outsiders(matrix, cluster).map((party) => ({ name: party.address, party })))
  return { members, cluster: { ...cluster, namespaces: withAllNamespaces(cluster, members) } }
}

function declaredPod(name: string, { namespace, labels, ports }: Extract<Matrix['parties'][string], { namespace: string }>): Pod {
  const declared = Object.entries(ports).map(([port, { protocol, first }]) => ({ name: port, protocol, number: first }))
  return { name, namespace, labels, ports: declared }
}

/** The same labels in another namespace, and each label left out or given another value in its own. */
function strangersLike(pod: Pod): Pod[] {
  const labels = Object.entries(pod.labels)
  const changed = labels.flatMap(([key]) => [
    { name: `${pod.name} without ${key}`, labels: Object.fromEntries(labels.filter(([other]) => other !== key)) },
    { name: `${pod.name} with another ${key}`, labels: { ...pod.labels, [key]: 'other' } },
  ])
  return [
    { ...pod, name: `${pod.name} elsewhere`, namespace: elsewhere },
    ...changed.filter(({ labels: left }) => !resembles(left, pod)).map((stranger) => ({ ...pod, ...stranger })),
  ]
}

/** `part-of` says where a Pod belongs and not what it is: without it, it is still the same. */
function resembles(labels: Pod['labels'], { labels: own }: Pod): boolean {
  return Object.entries(own).every(([key, value]) => key === 'app.kubernetes.io/part-of' || labels[key] === value)
}

function outsiders({ addresses }: Matrix, { policies }: Cluster): Outsider[] {
  const peers = policies.flatMap((policy) =>
    (['Ingress', 'Egress'] as const).flatMap((direction) => rulesOf(policy, direction).flatMap((rule) => rule.peers)),
  )
  const ends = peers.flatMap(({ ipBlock }) => (ipBlock ? edgesOf(ipBlock).map(formatAddress) : []))
  return [...new Set([...addresses, ...ends])].map((address) => ({ address }))
}

function withAllNamespaces({ namespaces }: Cluster, members: readonly Member[]): Cluster['namespaces'] {
  const pods = members.map(({ party }) => party).filter(isPod)
  return new Map([...pods.map(({ namespace }) => [namespace, labelsOfNamespace(namespace)] as const), ...namespaces])
}
