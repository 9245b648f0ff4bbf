/** Planning a change set: what a zone's next version would have and no longer have. */
import type { RR, Violation } from '@zonecast/dns'
import type { ChangeOp } from './change-op.ts'
import { ruleViolations } from './change-rules.ts'
import { StepRunner } from './change-step.ts'
import { changeWarnings } from './change-warnings.ts'
import { type Difference, differenceOf } from './change-difference.ts'
import { massDeleteGuard } from './guard.ts'
import { type ExpectedRRsets, preconditionViolations } from './precondition.ts'
import { violationOf } from './problem.ts'
import { isSoaChanged } from './soa-change.ts'
import { type TtlBounds, ttlProblem } from './ttl-bounds.ts'
import type { ZoneView } from './view.ts'
import { ZoneEdit } from './zone-edit.ts'

export interface PlanOptions {
  /** TTL of new RRsets that come without one. */
  readonly defaultTtl: number
  /** RRsets of the zone before, the SOA included. */
  readonly rrsetCount: number
  /** The zone's guard (`massDeleteGuard`). */
  readonly guardPercent?: number
  /** True when a removal that the guard would refuse is meant. */
  readonly force?: boolean
  /** What must hold before the first step. */
  readonly expected?: ExpectedRRsets
  /** Bounds of the TTLs that steps give. */
  readonly ttlBounds?: TtlBounds
}

/** What a change set comes to. It changes nothing when the delta is empty and there is no `soa`. */
export interface ChangePlan extends Difference {
  /** The SOA that was put, where it differs, with the serial the zone has now: the new serial is the caller's to set. */
  readonly soa?: RR
  readonly warnings: readonly Violation[]
}

/** Plans a change set on a version of a zone: the plan, or every violation there is. */
export function planChanges(
  view: ZoneView,
  ops: readonly ChangeOp[],
  options: PlanOptions,
): ChangePlan | { readonly violations: readonly Violation[] } {
  const edit = new ZoneEdit(view)
  const unmet = options.expected ? preconditionViolations(edit, options.expected) : []
  const runner = new StepRunner(edit, options.defaultTtl)
  for (const op of ops) runner.run(op)
  const violations = [
    ...unmet,
    ...runner.violations,
    ...ruleViolations(edit, options.ttlBounds),
    ...soaTtlViolations(view, runner, options.ttlBounds),
  ]
  const difference = differenceOf(edit)
  const guard =
    options.force === true
      ? undefined
      : massDeleteGuard({
          before: options.rrsetCount,
          removed: difference.removedRRsets,
          ...(options.guardPercent === undefined ? {} : { percent: options.guardPercent }),
        })
  if (guard !== undefined) violations.push(guard)
  if (violations.length > 0) return { violations }
  const soaChanged = isSoaChanged(view, runner.soa)
  return {
    ...difference,
    ...(soaChanged ? { soa: runner.soa.rr } : {}),
    oldTtl: Math.max(difference.oldTtl, soaChanged ? view.soa.ttl : 0),
    warnings: changeWarnings(edit, runner.soa),
  }
}

function soaTtlViolations(view: ZoneView, { soa }: StepRunner, bounds: TtlBounds | undefined): Violation[] {
  const { owner, type, ttl } = soa.rr
  const problem = bounds && ttl !== view.soa.ttl ? ttlProblem(bounds, owner, type, ttl) : undefined
  return problem ? [violationOf(soa.field ?? '', problem)] : []
}
