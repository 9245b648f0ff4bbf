/** Whether the NetworkPolicies of a cluster let one party open a connection to another. */
import { blockContains, parseAddress } from './ip-block.ts'
import {
  type Direction,
  type NetworkPolicy,
  type Peer,
  type PolicyPort,
  type Protocol,
  type Rule,
  rulesOf,
} from './network-policy.ts'
import { type Labels, selects } from './selector.ts'

export interface ContainerPort {
  readonly name?: string
  readonly protocol: Protocol
  readonly number: number
}

export interface Pod {
  readonly name: string
  readonly namespace: string
  readonly labels: Labels
  readonly ports: readonly ContainerPort[]
  /** Given, blocks of addresses match the Pod as well; networks differ in that, and Kubernetes leaves it to them. */
  readonly addresses?: readonly string[]
}

/** Somebody who is no Pod. */
export interface Outsider {
  readonly address: string
}

export type Party = Pod | Outsider

export interface Flow {
  readonly from: Party
  readonly to: Party
  readonly protocol: Protocol
  readonly port: number
}

export interface Cluster {
  readonly namespaces: ReadonlyMap<string, Labels>
  readonly policies: readonly NetworkPolicy[]
}

/** What one side says: `open` where no policy selects it; else the policies that select it, and those of them that let pass. */
export type Side = 'open' | { readonly selectedBy: readonly string[]; readonly allowedBy: readonly string[] }

export interface Verdict {
  readonly allowed: boolean
  readonly egress: Side
  readonly ingress: Side
}

export const isPod = (party: Party): party is Pod => 'labels' in party

/** Both sides have to let it pass: the egress of the one, the ingress of the other. A Pod always reaches itself. */
export function evaluate(cluster: Cluster, { from, to, protocol, port }: Flow): Verdict {
  return judge(cluster, from, to)(protocol, port)
}

/** What holds for all ports of a pair is looked up once. */
export function judge(cluster: Cluster, from: Party, to: Party): (protocol: Protocol, port: number) => Verdict {
  const egressOf = sideOf(cluster, 'Egress', from, to)
  const ingressOf = sideOf(cluster, 'Ingress', to, from)
  return (protocol, port) => {
    const at = { protocol, port, to }
    const [egress, ingress] = [egressOf(at), ingressOf(at)]
    return { allowed: from === to || (letsPass(egress) && letsPass(ingress)), egress, ingress }
  }
}

interface Target {
  readonly to: Party
  readonly protocol: Protocol
  readonly port: number
}

/** Policies add up: a Pod that any selects is closed, and each rule of those that select it opens something. */
function sideOf(cluster: Cluster, direction: Direction, subject: Party, other: Party): (target: Target) => Side {
  const selecting = isPod(subject) ? cluster.policies.filter((policy) => isAbout(policy, direction, subject)) : []
  if (selecting.length === 0) return () => 'open'
  const selectedBy = selecting.map(({ metadata }) => metadata.name)
  const opening = selecting
    .map((policy) => ({
      name: policy.metadata.name,
      // A rule without peers is for everybody.
      rules: rulesOf(policy, direction).filter(
        ({ peers }) => peers.length === 0 || peers.some((peer) => isPeer(cluster, policy, peer, other)),
      ),
    }))
    .filter(({ rules }) => rules.length > 0)
  return (target) => ({
    selectedBy,
    allowedBy: opening.filter(({ rules }) => rules.some((rule) => isForPort(rule, target))).map(({ name }) => name),
  })
}

function isAbout({ metadata, spec }: NetworkPolicy, direction: Direction, pod: Pod): boolean {
  return metadata.namespace === pod.namespace && spec.policyTypes.includes(direction) && selects(spec.podSelector, pod.labels)
}

export const letsPass = (side: Side): boolean => side === 'open' || side.allowedBy.length > 0

/** A rule without ports is for all of them. */
function isForPort({ ports }: Rule, target: Target): boolean {
  return ports.length === 0 || ports.some((port) => isPort(port, target))
}

/** Without a selector of namespaces, Pods of the policy's own are meant. */
function isPeer({ namespaces }: Cluster, policy: NetworkPolicy, peer: Peer, other: Party): boolean {
  const { podSelector = {}, namespaceSelector, ipBlock } = peer
  if (ipBlock) {
    const addresses = isPod(other) ? (other.addresses ?? []) : [other.address]
    return addresses.some((address) => blockContains(ipBlock, parseAddress(address)))
  }
  if (!isPod(other) || !selects(podSelector, other.labels)) return false
  if (namespaceSelector === undefined) return other.namespace === policy.metadata.namespace
  return selects(namespaceSelector, namespaces.get(other.namespace) ?? {})
}

/** A name stands for the ports of that name which the Pod that is called declares. */
function isPort({ protocol, port, endPort }: PolicyPort, target: Target): boolean {
  if (protocol !== target.protocol) return false
  if (port === undefined) return true
  if (typeof port === 'number') return port <= target.port && target.port <= (endPort ?? port)
  if (!isPod(target.to)) return false
  return target.to.ports.some((one) => one.name === port && one.protocol === protocol && one.number === target.port)
}
