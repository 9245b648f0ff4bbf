/** What NSEC3 parameters cost whoever has to hash for them (RFC 9276 §3.1). */
import { type Name, u16At } from '@zonecast/dns'
import { nsec3Iterations, nsec3TooCostly, type Problem } from './problem.ts'

/**
 * More iterations than any key size allows (RFC 5155 §10.3): with 65 535 a single question would hold a server for half a second. Zones
 * with more are refused, and one that has them all the same is answered without proofs; validators have long given up on it (RFC 9276 §3.2).
 */
export const maxNsec3Iterations = 2500

/** The iterations that RDATA of an NSEC3PARAM asks for (RFC 5155 §4.2). */
export function iterationsOf(rdata: Uint8Array): number {
  return rdata.length < 4 ? 0 : u16At(rdata, 2)
}

/** What is wrong with an NSEC3PARAM at the apex. */
export function nsec3Violation(apex: Name, rdata: Uint8Array): Problem | undefined {
  const iterations = iterationsOf(rdata)
  return iterations > maxNsec3Iterations ? nsec3TooCostly(apex, iterations, maxNsec3Iterations) : undefined
}

/** What its author should know of it, where it is taken. */
export function nsec3Warning(apex: Name, rdata: Uint8Array): Problem | undefined {
  const iterations = iterationsOf(rdata)
  return iterations > 0 && iterations <= maxNsec3Iterations ? nsec3Iterations(apex, iterations) : undefined
}
