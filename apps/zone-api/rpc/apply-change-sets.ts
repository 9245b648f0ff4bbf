/** ApplyChangeSets: one change over several zones. */
import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ApplyChangeSetsRequest,
  ApplyChangeSetsRequestSchema,
  ApplyChangeSetsResponseSchema,
  type ZoneChanges,
} from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { type Name, type Violation, zoneKeyOf } from '@zonecast/dns'
import { exhausted, invalidRequest, requirePermission } from '@zonecast/rpc'
import { type Metrics, wallMs } from '@zonecast/runtime'
import type { ZoneChangeSet, ZoneDatabase } from '../database/zone-database.ts'
import type { Traces } from '../progress/traces.ts'
import { demandChanges, readChanges } from './change-ops.ts'
import { plannedRRs } from './planned-rrs.ts'
import { writeContext } from './write-context.ts'
import { effectToMessage, firstWarnings, readName } from './zone-messages.ts'

interface Ports {
  readonly database: ZoneDatabase
  readonly metrics: Pick<Metrics, 'stepTimer'>
  readonly traces: Pick<Traces, 'own'>
}

/** Steps of all sets together: they hold one transaction. */
const mostSteps = 10_000

export async function applyChangeSets(ports: Ports, request: ApplyChangeSetsRequest, context: HandlerContext) {
  const { database, metrics, traces } = ports
  const edited = metrics.stepTimer('edit')
  const startMs = wallMs()
  const { dryRun, force } = request
  if (request.sets.reduce((steps, { changes }) => steps + changes.length, 0) > mostSteps)
    throw exhausted('changes', `a change over several zones has at most ${mostSteps} steps; split it, or import the zones`)
  const sets = readSets(request, context)
  const write = writeContext(ApplyChangeSetsRequestSchema, request, context)
  edited()
  const editedMs = wallMs()
  const { changeId, effects, warnings, plans } = await database.applyChangeSets({ ...write, sets, dryRun, force })
  for (const { zone, state, changed } of effects) {
    const { generation, version } = state
    const place = { zone, generation, version, traceparent: write.traceparent }
    if (changeId !== '' && changed) traces.own('edit', place, startMs, editedMs)
  }
  return create(ApplyChangeSetsResponseSchema, {
    changeId,
    effects: effects.map(effectToMessage),
    warnings: firstWarnings(warnings),
    plan: plans ? plannedRRs(plans) : [],
  })
}

/** Refuses names that are none and zones that stand twice, with all that is wrong with steps that can be read. */
function readSets({ sets: asked, force }: ApplyChangeSetsRequest, context: HandlerContext): ZoneChangeSet[] {
  const sets: ZoneChangeSet[] = []
  const violations: Violation[] = []
  const seen = new Set<string>()
  for (const [index, set] of asked.entries()) {
    const path = `sets[${index}].`
    const apex = readName(set.zone, `${path}zone`)
    if ('reason' in apex) {
      violations.push(apex)
      continue
    }
    const read = setOf(set, apex, path, force, context)
    const { zone } = read
    const message = `${zone} has a set already; put all its steps into one`
    if (seen.has(zone)) violations.push({ field: `${path}zone`, reason: 'CHANGES_CONTRADICT', subject: zone, message })
    seen.add(zone)
    sets.push(read)
  }
  if (violations.length > 0) throw invalidRequest([...violations, ...sets.flatMap(({ unread = [] }) => unread)])
  return sets
}

function setOf(set: ZoneChanges, apex: Name, path: string, force: boolean, context: HandlerContext): ZoneChangeSet {
  if (force) requirePermission(context, 'zone.force', { zone: apex })
  const read = readChanges(set, apex, path)
  demandChanges(context, apex, read)
  const { version = 0n, generation = 0n } = set.precondition ?? {}
  return { zone: zoneKeyOf(apex), ...read, expectedVersion: version, expectedGeneration: generation }
}
