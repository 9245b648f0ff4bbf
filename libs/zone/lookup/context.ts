/** What the steps of one lookup share. */
import type { Name, StoredRRset } from '@zonecast/dns'
import type { ZoneView } from '../view.ts'
import type { AnswerBuilder } from './answer.ts'
import { type Node, signaturesOf } from './node.ts'
import type { ZoneFacts } from './zone-facts.ts'

/** SHA-1 of some octets, 20 octets: the one hash NSEC3 has (RFC 5155 §11). */
export type Sha1 = (bytes: Uint8Array) => Uint8Array

/** What lookup asks of its host. */
export interface LookupPorts {
  /** Without it, zones with NSEC3 are answered without proofs of denial. */
  readonly sha1?: Sha1 | undefined
}

export interface LookupContext extends LookupPorts {
  readonly view: ZoneView
  readonly facts: ZoneFacts
  readonly type: number
  readonly dnssecOk: boolean
  readonly out: AnswerBuilder
}

/** The signatures that go with an RRset of a node, where DNSSEC is asked for (RFC 4035 §3.1.1). */
export function signaturesFor({ dnssecOk }: LookupContext, node: Node, type: number, owner?: Name): StoredRRset | undefined {
  return dnssecOk ? signaturesOf(node, type, owner && { owner }) : undefined
}
