/** Who asks, why, and how a repetition is recognised. */
import { createHash } from 'node:crypto'
import { type DescMessage, type MessageShape, toBinary } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { principalOf } from '@zonecast/rpc'
import { currentTraceparent } from '@zonecast/runtime'
import { isProgram } from '../database/access/access-rows.ts'
import type { WriteContext } from '../database/zone-database.ts'

interface Asked {
  readonly requestId: string
  readonly reason: string
}

export function callerOf(request: Asked, context: Pick<HandlerContext, 'values'>): Omit<WriteContext, 'bodyHash'> {
  const { requestId, reason } = request
  const { name: principal, role } = principalOf(context)
  // Default quotas are for people: what runs the system is bounded where somebody says so.
  const isExempt = role === 'administrator' || isProgram(role)
  return { principal, reason, requestId, traceparent: currentTraceparent() ?? '', ...(isExempt && { isExempt }) }
}

/** The context of a unary write: the whole request is its body. */
export function writeContext<Schema extends DescMessage>(
  schema: Schema,
  request: MessageShape<Schema> & Asked,
  context: Pick<HandlerContext, 'values'>,
): WriteContext {
  // Without a request id nobody will ask for it.
  const bodyHash = request.requestId === '' ? new Uint8Array() : hashOf(toBinary(schema, request))
  return { ...callerOf(request, context), bodyHash }
}

function hashOf(octets: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(octets).digest())
}
