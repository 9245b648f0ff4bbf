/** Keys that must be there, and flags that must not. */
import { WireError } from '../violation.ts'
import { u16At } from '../wire.ts'
import { ipsecGateway } from './gateway-field.ts'

/** The two bits of KEY's flags that say there is no key (RFC 2535 §3.1.2). */
const noKey = 0xc000

/** Refuses a KEY without a key whose flags do not say so. */
export function checkKEY(rdata: Uint8Array): void {
  if (rdata.length > 4 || (u16At(rdata, 0) & noKey) === noKey) return
  throw new WireError('KEY has no public key, and its flags do not say so (RFC 2535 §3.1.2)', 4)
}

/** Refuses an RKEY with flags: none are defined. */
export function checkRKEY(rdata: Uint8Array): void {
  if (u16At(rdata, 0) !== 0) throw new WireError('the flags of RKEY are zero', 0)
}

/** Refuses an IPSECKEY that names an algorithm and has no key (RFC 4025 §2.4). */
export function checkIPSECKEY(rdata: Uint8Array): void {
  const keyStart = ipsecGateway.scan(rdata, 1, rdata.length)
  const isKnown = rdata[1]! <= 3
  if (isKnown && rdata[2] !== 0 && keyStart === rdata.length)
    throw new WireError('IPSECKEY has an algorithm and no public key (RFC 4025 §2.4)', keyStart)
}
