/** Names in requests to an edge. */
import { type Name, NameError, parseName } from '@zonecast/dns'
import { invalidRequest } from '@zonecast/rpc'

/** An absolute name, the last dot of which may be left out. */
export function readName(text: string, field: string): Name {
  try {
    return parseName(text.endsWith('.') ? text : `${text}.`)
  } catch (error) {
    if (!(error instanceof NameError)) throw error
    throw invalidRequest([{ field, reason: 'NAME_INVALID', subject: text, message: error.message }])
  }
}
