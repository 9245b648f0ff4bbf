/** What evaluation needs of rendered manifests: namespaces, policies, and the Pods that workloads make. */
import { z } from 'zod'
import type { Cluster, Pod } from './evaluate.ts'
import { protocols, readPolicy } from './network-policy.ts'
import type { Labels } from './selector.ts'

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels }
  readonly [field: string]: unknown
}

const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'Pod', 'CronJob']

const container = z.looseObject({
  ports: z
    .array(
      z.looseObject({
        name: z.string().optional(),
        containerPort: z.number(),
        protocol: z.enum(protocols).default('TCP'),
      }),
    )
    .default([]),
})

const workloadSchema = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        containers: z.array(container).min(1),
        // Policies do not reach Pods in the network of their node.
        hostNetwork: z.literal(false).default(false),
      }),
    }),
  }),
})

export interface Rendered {
  readonly cluster: Cluster
  /** One Pod of each workload, by the workload's name. */
  readonly workloads: ReadonlyMap<string, Pod>
}

export function readManifests(manifests: readonly Manifest[]): Rendered {
  const ofKind = (kind: string) => manifests.filter((one) => one.kind === kind)
  return {
    cluster: {
      namespaces: new Map(
        ofKind('Namespace').map(({ metadata }) => [metadata.name, labelsOfNamespace(metadata.name, metadata.labels)]),
      ),
      policies: ofKind('NetworkPolicy').map(readPolicy),
    },
    workloads: new Map(
      manifests.filter(({ kind }) => workloadKinds.includes(kind)).map((one) => [one.metadata.name, podOf(one)] as const),
    ),
  }
}

/** Kubernetes labels each namespace with its name. */
export function labelsOfNamespace(name: string, labels: Labels = {}): Labels {
  return { ...labels, 'kubernetes.io/metadata.name': name }
}

function podOf(manifest: Manifest): Pod {
  const { name, namespace = 'default' } = manifest.metadata
  const parsed = workloadSchema.safeParse(manifest)
  if (!parsed.success) throw new Error(`${manifest.kind} ${name} is not understood: ${z.prettifyError(parsed.error)}`)
  const { metadata, spec } = parsed.data.spec.template
  const ports = spec.containers
    .flatMap((one) => one.ports)
    .map((port) => ({ ...(port.name !== undefined && { name: port.name }), protocol: port.protocol, number: port.containerPort }))
  return { name, namespace, labels: metadata.labels, ports }
}
