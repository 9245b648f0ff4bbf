/** The allow matrix: parties, and which of them may open a connection to which. */
import { z } from 'zod'
import { type Protocol, protocols } from './network-policy.ts'

/** Ports of one protocol, from `first` to `last`. */
export interface PortRange {
  readonly protocol: Protocol
  readonly first: number
  readonly last: number
}

const range = z
  .string()
  .regex(/^(TCP|UDP|SCTP) \d+(-\d+)?$/, 'must be such as TCP 53 or TCP 9090-9091')
  .transform((text): PortRange => {
    const [, protocol, first, last = first] = /^(\w+) (\d+)(?:-(\d+))?$/.exec(text) ?? []
    return { protocol: z.enum(protocols).parse(protocol), first: Number(first), last: Number(last) }
  })

const declared = z.strictObject({
  what: z.string(),
  namespace: z.string(),
  labels: z.record(z.string(), z.string()),
  ports: z.record(z.string(), range).default({}),
})
/** Labels and ports are those of a workload among the manifests. */
const rendered = z.strictObject({ what: z.string(), workload: z.string() })

const row = z.strictObject({
  from: z.array(z.string()).min(1),
  to: z.array(z.string()).min(1),
  ports: z.array(z.string()).min(1),
  why: z.string(),
  /** Absent, the row is for all of them. */
  overlays: z.array(z.string()).optional(),
})

const matrixSchema = z
  .strictObject({
    parties: z.record(z.string(), z.union([rendered, declared])),
    addresses: z.array(z.string()),
    allow: z.array(row),
  })
  .superRefine(({ parties, allow }, context) => {
    for (const { from, to } of allow) {
      for (const name of [...from.filter((one) => one !== anyone), ...to]) {
        if (!Object.hasOwn(parties, name)) context.addIssue({ code: 'custom', message: `${name} is no party` })
      }
    }
  })

export type Matrix = z.output<typeof matrixSchema>
export type Row = z.output<typeof row>

/** Everybody outside the namespace. */
export const anyone = 'anyone'

export function readMatrix(content: unknown): Matrix {
  const parsed = matrixSchema.safeParse(content)
  if (!parsed.success) throw new Error(`the allow matrix is wrong: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}
