/** The Refusal of the RPC layer that a refusal of the database stands for. */
import { alreadyExists, invalidRequest, notFound, preconditionFailed, type Refusal, versionMoved } from '@zonecast/rpc'
import type { RefusalData } from './refused.ts'

export function toRefusal(data: RefusalData): Refusal {
  switch (data.kind) {
    case 'invalid':
      return invalidRequest(data.violations)
    case 'precondition':
      return preconditionFailed(data.violations)
    case 'moved':
      return versionMoved(data.metadata, data.message)
    case 'not-found':
      return notFound(data.type, data.name)
    case 'exists':
      return alreadyExists(data.type, data.name)
  }
}
