/** Refusals of the database as errors of an import. */
import { Code } from '@connectrpc/connect'
import { BadRequestSchema, ErrorInfoSchema, PreconditionFailureSchema, type Refusal, ResourceInfoSchema } from '@zonecast/rpc'
import type { Violation } from '@zonecast/dns'
import { type DataError, type DataErrors, maxListed } from './data-errors.ts'

export function errorsOfRefusal(refusal: Refusal): DataErrors {
  if (refusal.code === Code.AlreadyExists) return { errors: [errorOf(refusal.message, '', '')], count: 1 }
  const errors = refusal.details.flatMap((detail) => errorsOf(detail as unknown as Detail, refusal.message))
  const all = errors.length > 0 ? errors : [errorOf(refusal.message, '', '')]
  return { errors: all.slice(0, maxListed), count: all.length }
}

/** `lines` are those of the violations. */
export function errorsOfViolations(violations: readonly Violation[], count: number, lines: readonly number[]): DataErrors {
  const errors = violations.map(({ message, rfc, subject, reason }, i) => {
    return errorOf(rfc === undefined || message.includes(rfc) ? message : `${message} (${rfc})`, subject, reason, lines[i])
  })
  return { errors: errors.slice(0, maxListed), count }
}

interface Detail {
  readonly desc: { readonly typeName: string }
  readonly value: never
}

function errorsOf({ desc, value }: Detail, message: string): DataError[] {
  switch (desc.typeName) {
    case BadRequestSchema.typeName: {
      const { fieldViolations } = value as { fieldViolations: { field: string; description: string; reason: string }[] }
      return fieldViolations
        .filter(({ description }) => description !== '')
        .map((each) => errorOf(each.description, each.field, each.reason))
    }
    case PreconditionFailureSchema.typeName: {
      const { violations } = value as { violations: { type: string; subject: string; description: string }[] }
      return violations.map((each) => errorOf(each.description, each.subject, each.type))
    }
    case ErrorInfoSchema.typeName:
      return [errorOf(message, '', (value as { reason: string }).reason)]
    case ResourceInfoSchema.typeName:
      return [errorOf(message, (value as { resourceName: string }).resourceName, 'ZONE_UNKNOWN')]
    default:
      return []
  }
}

function errorOf(message: string, text: string, reason: string, line = 0): DataError {
  return { line, column: line === 0 ? 0 : 1, text: text.slice(0, 200), message, reason }
}
