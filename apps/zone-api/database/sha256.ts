/** SHA-256 as the pure libraries want it: 32 characters of latin1. */
import type { Sha256 } from '@zonecast/zone'
import { hash } from 'node:crypto'

/** Node takes `latin1` for a digest, which its types do not know. */
const latin1 = 'latin1' as 'binary'

export const sha256: Sha256 = (octets) => hash('sha256', octets, latin1)
