/** Label selectors of Kubernetes. */
import { z } from 'zod'

export type Labels = Readonly<Record<string, string>>

const labels = z.record(z.string(), z.string())

/** An `In` or `NotIn` needs values, the others have none. */
const requirement = z.discriminatedUnion('operator', [
  z.strictObject({ key: z.string(), operator: z.enum(['In', 'NotIn']), values: z.array(z.string()).min(1) }),
  z.strictObject({
    key: z.string(),
    operator: z.enum(['Exists', 'DoesNotExist']),
    values: z.array(z.string()).max(0).optional(),
  }),
])

export const selectorSchema = z.strictObject({
  matchLabels: labels.optional(),
  matchExpressions: z.array(requirement).optional(),
})

export type LabelSelector = z.output<typeof selectorSchema>
type Requirement = z.output<typeof requirement>

/** True when all that the selector asks for holds; an empty one asks for nothing. */
export function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, of: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labelOf(of, key) === value) &&
    matchExpressions.every((one) => holds(one, labelOf(of, one.key)))
  )
}

/** `NotIn` holds for what has no such label at all. */
function holds({ operator, values = [] }: Requirement, value: string | undefined): boolean {
  if (operator === 'In') return value !== undefined && values.includes(value)
  if (operator === 'NotIn') return value === undefined || !values.includes(value)
  return (operator === 'Exists') === (value !== undefined)
}

function labelOf(of: Labels, key: string): string | undefined {
  return Object.hasOwn(of, key) ? of[key] : undefined
}
