/** What is wrong with input: a refusal the caller can mend, or malformed bytes. */

/** A refusal as a value. `reason` is UPPER_SNAKE and stable; `message` names the thing and the way out. */
export interface Violation {
  /** Path of the request field at fault, such as `changes[2].rrset.ttl`. */
  readonly field: string
  readonly reason: string
  /** The thing at fault, in presentation format where it is a name or an RR. */
  readonly subject: string
  readonly message: string
  /** The section that asks for it, such as `RFC 1034 §3.6.2`. */
  readonly rfc?: string
}

/** Malformed wire format, and where: `offset` counts from the start of the bytes that were being read. */
export class WireError extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(`${message} (at octet ${offset})`)
    this.name = 'WireError'
    this.offset = offset
  }
}
