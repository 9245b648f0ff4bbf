/** Credentials: the guard of this program, and what it tells others about theirs. */
import type { DescMethod } from '@bufbuild/protobuf'
import { SystemService } from '@zonecast/contract/generated/zonecast/system/v1/system_service_pb'
import {
  CredentialRefusal,
  type Guard,
  LRUMap,
  type Peer,
  type PeerCertificate,
  type Presented,
  type Principal,
  notShown,
  tooManyAttempts,
  unauthenticated,
} from '@zonecast/rpc'
import { hash, randomBytes } from 'node:crypto'
import type { AccessWatch } from '../access/access-watch.ts'
import { Attempts, networkOf } from '../access/attempts.ts'
import {
  type Answer,
  CredentialMemory,
  type CredentialMemoryPorts,
  type Fault,
  type Find,
  type Found,
  mostRemembered,
} from '../access/credential-memory.ts'
import type { CredentialUses } from '../access/credential-uses.ts'
import type { PasswordChecks } from '../access/password-checks.ts'
import { keyedHash } from '../access/keyed-hash.ts'
import { principalFrom } from '../access/principal-from.ts'
import type { AccessReads, CertificateQuery, CredentialFault, FoundCredential } from '../database/access/access-port.ts'

/** What tells how things are is told while the database is away, to whom it has let in before. */
const whileAway: DescMethod = SystemService.method.getStatus

/** Of a name with its password: as many as a call can carry, and what stands before them. */
const mostOctets = 3 * 8_192
/** Names of a certificate that are looked up. */
const mostSubjects = 8

type Shown = Pick<PeerCertificate, 'sha256' | 'subjects'>

export interface CredentialsPorts extends CredentialMemoryPorts {
  readonly database: Pick<AccessReads, 'findCredential' | 'findPasswords' | 'findCertificate' | 'findFault'>
  readonly watch: Pick<AccessWatch, 'onChange'>
  readonly passwords: PasswordChecks
  readonly uses: Pick<CredentialUses, 'note'>
}

/** Knows tokens by their SHA-256 and passwords by a hash under a key of this process; they themselves are nowhere kept. */
export class Credentials implements Guard {
  readonly #ports: CredentialsPorts
  readonly #attempts: Attempts
  readonly #memory: CredentialMemory
  readonly #keyed = keyedHash(randomBytes(32), mostOctets)
  /** The hash that a password was found to be of: as long as that is in force there is nothing to compare. */
  readonly #compared = new LRUMap<string, string>(mostRemembered)

  constructor(ports: CredentialsPorts) {
    this.#ports = ports
    this.#attempts = new Attempts(() => ports.clock.now())
    this.#memory = new CredentialMemory(ports)
    ports.watch.onChange(() => this.#memory.forget())
  }

  authenticate(presented: Presented, peer: Peer, method?: DescMethod): Promise<Principal> | Principal {
    const found = this.#find(presented, peer, method === whileAway)
    return found instanceof Promise ? found.then((late) => late.principal) : found.principal
  }

  #find(presented: Presented, peer: Peer, orLast: boolean): Answer {
    if (presented.kind === 'password') return this.#ofPassword(presented, peer, orLast)
    if (presented.kind === 'token') return this.#ofToken(hash('sha256', presented.token, 'base64'), orLast)
    const { certificate } = presented
    if (certificate.notAfterMs <= this.#ports.clock.now()) throw unauthenticated('the client certificate has expired')
    return this.#ofCertificate(certificate, orLast)
  }

  /** Whose token has this SHA-256; undefined where it is not in force. */
  findToken(sha256: Uint8Array): Promise<Found | undefined> {
    return orNobody(() => this.#ofToken(Buffer.from(sha256).toString('base64')))
  }

  /** Whose certificate it is; undefined where it is nobody's, or of several. */
  findCertificate(certificate: Shown): Promise<Found | undefined> {
    return orNobody(() => this.#ofCertificate(certificate))
  }

  /** The credential of a password that a caller shows as its own. It is slowed as any other guess. */
  async checkPassword(username: string, password: string, peer: Peer): Promise<string> {
    const account = await this.#ports.database.findPasswords(username)
    const passwords = account?.passwords ?? []
    const hashes = passwords.map(({ phc }) => phc)
    const one = { username, password, hashes, network: networkOf(peer.address), claimed: username }
    const phc = await this.#compare(one)
    const found = passwords.find((each) => each.phc === phc)
    if (found) return found.credentialId
    const wrong = notShown('current_password', `this is not a password of ${username}; nothing was changed`)
    throw new CredentialRefusal(wrong, username, passwordFault(hashes))
  }

  #ofToken(text: string, orLast = false): Answer {
    const find = async () => {
      const { database } = this.#ports
      const sha256 = new Uint8Array(Buffer.from(text, 'base64'))
      const found = await database.findCredential(sha256)
      return found ? this.#used(found) : textOf('token', await database.findFault({ sha256 }))
    }
    return this.#memory.answer(text, 'token', find, orLast)
  }

  /** The principal that its SHA-256 and its names stand for, which must be one. */
  #ofCertificate({ sha256, subjects }: Shown, orLast = false): Answer {
    const fingerprint = Buffer.from(sha256).toString('hex')
    const find = async () => {
      const ways = [{ fingerprint, subject: '' }, ...subjects.slice(0, mostSubjects).map(bySubject)]
      const known = new Map<string, { found: FoundCredential; way: string }>()
      let fault: Fault | undefined
      for (const way of ways) {
        const found = await this.#ports.database.findCertificate(way)
        const { name } = found?.principal ?? {}
        if (found && !known.has(name!)) known.set(name!, { found, way: way.subject || 'its SHA-256' })
        if (!found) fault ??= await this.#faultOf(way)
      }
      const [first, ...others] = known.values()
      if (!first) return fault ?? textOf('certificate', undefined)
      return others.length > 0 ? ambiguous([first, ...others]) : this.#used(first.found)
    }
    return this.#memory.answer(`certificate ${fingerprint}`, 'certificate', find, orLast)
  }

  async #faultOf(way: CertificateQuery): Promise<Fault | undefined> {
    const fault = await this.#ports.database.findFault(way)
    return fault && textOf('certificate', fault)
  }

  #ofPassword(presented: Presented & { kind: 'password' }, peer: Peer, orLast: boolean): Answer {
    const { username, password } = presented
    // The length stands before the name: no two pairs are one text.
    const text = `${username.length}:${username}${password}`
    const key = `password ${this.#keyed(text)}`
    return this.#memory.answer(key, 'password', () => this.#findPassword(key, presented, networkOf(peer.address)), orLast)
  }

  async #findPassword(key: string, presented: Presented & { kind: 'password' }, network: string): ReturnType<Find> {
    const { username, password } = presented
    const account = await this.#ports.database.findPasswords(username)
    const hashes = account?.passwords.map(({ phc }) => phc) ?? []
    const claimed = account ? username : ''
    let phc = hashes.find((each) => each === this.#compared.get(key))
    if (phc === undefined) {
      phc = await this.#compare({ username, password, hashes, network, claimed })
      if (phc === undefined)
        return { claimed, fault: account ? passwordFault(hashes) : 'an unknown name, or one that is disabled' }
      this.#compared.set(key, phc)
    }
    const matched = account!.passwords.find((each) => each.phc === phc)!
    return this.#used({ ...account!.identity, credentialId: matched.credentialId, expiresAtMs: matched.expiresAtMs })
  }

  async #compare(one: { username: string; password: string; hashes: string[]; network: string; claimed: string }) {
    const { username, password, hashes, network, claimed } = one
    const waitMs = this.#attempts.waitMs(username, network)
    if (waitMs > 0) {
      this.#ports.looked?.('password', 'slowed')
      throw new CredentialRefusal(tooManyAttempts(waitMs), claimed, 'too many wrong passwords')
    }
    const attempt = this.#attempts.begin(username, network)
    try {
      const phc = await this.#ports.passwords.find(password, hashes, network)
      if (phc !== undefined) attempt.right()
      return phc
    } catch (error) {
      attempt.undone()
      throw error
    }
  }

  #used(found: FoundCredential): Found {
    this.#ports.uses.note(found.credentialId)
    return { principal: principalFrom(found), expiresAtMs: found.expiresAtMs }
  }
}

async function orNobody(find: () => Answer): Promise<Found | undefined> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof CredentialRefusal) return undefined
    throw error
  }
}

function bySubject(subject: string): CertificateQuery {
  return { fingerprint: '', subject }
}

function textOf(kind: 'token' | 'certificate', found: CredentialFault | undefined): Fault {
  const thing = kind === 'token' ? 'token' : 'client certificate'
  if (!found) return { claimed: '', fault: `an unknown ${thing}` }
  const { id, principal: claimed, fault } = found
  if (fault === 'disabled') return { claimed, fault: `${claimed} is disabled` }
  return { claimed, fault: `the ${thing} ${id} ${fault === 'revoked' ? 'was revoked' : 'has ended'}` }
}

function ambiguous(known: readonly { found: FoundCredential; way: string }[]): Fault {
  const ways = known.map(({ found, way }) => `${way} is of ${found.principal.name}`)
  return { claimed: '', fault: `a client certificate of several principals: ${ways.join(', ')}` }
}

function passwordFault(hashes: readonly string[]): string {
  return hashes.length > 0 ? 'a wrong password' : 'a password, where none is in force'
}
