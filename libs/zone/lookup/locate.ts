/** The way down from the apex to a name: exact match, cut, DNAME or closest encloser. */
import { ancestorAt, labelCount, type Name, TYPE } from '@zonecast/dns'
import type { ZoneView } from '../view.ts'
import { hasType, type Node, nodeAt } from './node.ts'
import type { ZoneFacts } from './zone-facts.ts'

/** Where the search of RFC 1034 §4.3.2 step 3 ends. */
export type Place =
  /** The name exists; without RRs it is an empty non-terminal (RFC 4592 §2.2.2). */
  | { readonly kind: 'node'; readonly node: Node }
  /** The name is at or below a zone cut (3b). */
  | { readonly kind: 'cut'; readonly node: Node }
  /** The name is below the owner of a DNAME (RFC 6672 §3.2 step 3C). */
  | { readonly kind: 'dname'; readonly node: Node }
  /** The name does not exist (3c): its closest encloser (RFC 4592 §3.3.1), and the name one label longer (RFC 5155 §1.3). */
  | { readonly kind: 'missing'; readonly encloser: Name; readonly nextCloser: Name }

interface Located {
  readonly view: ZoneView
  readonly facts: ZoneFacts
}

/** Finds the place of a name at or below the apex. `parentSide` stops a cut's own name from being a cut, as DS asks for. */
export function locate({ view, facts }: Located, name: Name, parentSide = false): Place {
  const apexLabels = labelCount(view.apex)
  const labels = labelCount(name)
  if (labels === apexLabels) return { kind: 'node', node: facts.apex }
  if (facts.apexHasDname) return { kind: 'dname', node: facts.apex }
  let encloser = view.apex
  for (let depth = apexLabels + 1; ; depth++) {
    const step = ancestorAt(name, depth)
    const node = nodeAt(view.pages, step)
    if (node === undefined) return { kind: 'missing', encloser, nextCloser: step }
    const last = depth === labels
    if (node.count > 0) {
      if (!(last && parentSide) && hasType(node, TYPE.NS)) return { kind: 'cut', node }
      if (!last && hasType(node, TYPE.DNAME)) return { kind: 'dname', node }
    }
    if (last) return { kind: 'node', node }
    encloser = step
  }
}
