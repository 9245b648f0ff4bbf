/** What a folder says: cases asked by dig and kdig, and observations made on raw sockets. */
import type { Address } from '@zonecast/dns-net'
import type { PeerName } from './peers.ts'
import type { World } from './world.ts'

/** What a response must hold. In text `%` is the apex, and in sections `SOA` is the SOA of a negative answer. */
export interface Want {
  /** NOERROR by default. */
  readonly rcode?: string
  /** Without `qr`, in alphabetical order; `aa` by default. */
  readonly flags?: string
  readonly opcode?: string
  /** RRs as `lineOf` writes them, in any order; none by default. */
  readonly answer?: readonly string[]
  readonly authority?: readonly string[]
  /** Compared only where it is given. */
  readonly additional?: readonly string[]
  readonly question?: readonly string[]
  /** Version, flags and options as `0 do NSID`; `none` without OPT. Compared only where it is given. */
  readonly edns?: string
}

/** Why a peer's response is another. The test fails once it no longer is. */
export type Differs = Partial<Record<PeerName, string>>

export interface Case {
  readonly name: string
  /** Name, type and flags as dig has them. */
  readonly ask: string
  /** The apex, `plain.test.` by default. */
  readonly zone?: string
  readonly want: Want
  readonly differs?: Differs
}

/** Something that dig cannot ask; what is seen of each server is compared with what is wanted. */
export interface Observation {
  readonly name: string
  readonly observe: (server: Address) => Promise<unknown>
  readonly want: unknown
  readonly differs?: Differs
}

/** Something only our server has, or that needs more than one of them. */
export interface OwnTest {
  readonly name: string
  readonly run: (world: World) => Promise<void>
}

export interface Behaviour {
  readonly title: string
  readonly cases?: readonly Case[]
  readonly observations?: readonly Observation[]
  readonly own?: readonly OwnTest[]
}
