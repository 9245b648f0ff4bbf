/** NetworkPolicy as Kubernetes reads it; what it does not know is refused here, too. */
import { z } from 'zod'
import { ipBlockSchema } from './ip-block.ts'
import { selectorSchema } from './selector.ts'

export const protocols = ['TCP', 'UDP', 'SCTP'] as const
export type Protocol = (typeof protocols)[number]

const portNumber = z.number().int().min(1).max(65_535)

const port = z
  .strictObject({
    protocol: z.enum(protocols).default('TCP'),
    port: z.union([portNumber, z.string()]).optional(),
    endPort: portNumber.optional(),
  })
  .refine(({ port: first, endPort }) => endPort === undefined || (typeof first === 'number' && first <= endPort), {
    message: 'endPort goes with a port that is a number, and not a larger one',
  })

const peer = z
  .strictObject({
    podSelector: selectorSchema.optional(),
    namespaceSelector: selectorSchema.optional(),
    ipBlock: ipBlockSchema.optional(),
  })
  .refine(
    ({ podSelector, namespaceSelector, ipBlock }) =>
      (ipBlock !== undefined) !== (podSelector !== undefined || namespaceSelector !== undefined),
    { message: 'a peer is selected by labels or by its address' },
  )

const ports = z.array(port).default([])
const peers = z.array(peer).default([])
const direction = z.enum(['Ingress', 'Egress'])

export const networkPolicySchema = z.strictObject({
  apiVersion: z.literal('networking.k8s.io/v1'),
  kind: z.literal('NetworkPolicy'),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().default('default') }),
  spec: z
    .strictObject({
      podSelector: selectorSchema.default({}),
      policyTypes: z.array(direction).default([]),
      ingress: z.array(z.strictObject({ from: peers, ports })).default([]),
      egress: z.array(z.strictObject({ to: peers, ports })).default([]),
    })
    // One that names no direction is about ingress, and about egress where it has rules for that.
    .transform((spec) => ({ ...spec, policyTypes: spec.policyTypes.length > 0 ? spec.policyTypes : defaultTypes(spec.egress) })),
})

/** Every default filled in. */
export type NetworkPolicy = z.output<typeof networkPolicySchema>
export type PolicyPort = z.output<typeof port>
export type Peer = z.output<typeof peer>
export type Direction = z.output<typeof direction>

export interface Rule {
  readonly peers: readonly Peer[]
  readonly ports: readonly PolicyPort[]
}

export function readPolicy(manifest: unknown): NetworkPolicy {
  const parsed = networkPolicySchema.safeParse(manifest)
  if (!parsed.success) throw new Error(`this is no NetworkPolicy: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

export function rulesOf({ spec }: NetworkPolicy, of: Direction): Rule[] {
  if (of === 'Ingress') return spec.ingress.map(({ from, ports: at }) => ({ peers: from, ports: at }))
  return spec.egress.map(({ to, ports: at }) => ({ peers: to, ports: at }))
}

function defaultTypes(egress: readonly unknown[]): Direction[] {
  return egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress']
}
