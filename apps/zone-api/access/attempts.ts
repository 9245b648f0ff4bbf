/**
 * Wrong passwords make the next ones wait, by name and by address, and never by name alone: whoever guesses at a name from elsewhere
 * must not be able to keep its owner out.
 */
import { LRUMap } from '@zonecast/rpc'
import { hash } from 'node:crypto'
import { isIPv6 } from 'node:net'

interface Failures {
  count: number
  lastMs: number
}

/** Names, addresses and pairs that are remembered; the longest unused make room. */
const most = 10_000
const secondMs = 1_000
const hourMs = 3_600_000
/** After that long without a wrong password there were none. */
const forgottenMs = hourMs
/** A name that was right from an address is expected there for so long. */
const expectedMs = 24 * hourMs
const pair = { free: 5, freeUnderAttack: 1, mostMs: 15 * 60 * secondMs }
const address = { free: 20, mostMs: 60 * secondMs }
/** Wrong passwords for one name from everywhere, from which on a new address has one try in place of five. */
const attack = 20

/** A password that is about to be compared. It counts as wrong until it is known to be right. */
export interface Attempt {
  right(): void
  /** It was not compared after all. */
  undone(): void
}

export class Attempts {
  readonly #now: () => number
  readonly #pairs = new LRUMap<string, Failures>(most)
  readonly #names = new LRUMap<string, Failures>(most)
  readonly #addresses = new LRUMap<string, Failures>(most)
  /** Until when a pair is expected. */
  readonly #expected = new LRUMap<string, number>(most)

  constructor(now: () => number) {
    this.#now = now
  }

  /** How long a name has to wait at an address; 0 when its next password is looked at. */
  waitMs(name: string, from: string): number {
    const keys = keysOf(name, from)
    const isExpected = (this.#expected.get(keys.pair) ?? 0) > this.#now()
    const underAttack = !isExpected && this.#count(this.#names, keys.name) >= attack
    const ofPair = this.#wait(this.#pairs, keys.pair, { ...pair, ...(underAttack && { free: pair.freeUnderAttack }) })
    // Behind an address may be a whole office: who was right from there before does not wait for the others.
    return isExpected ? ofPair : Math.max(ofPair, this.#wait(this.#addresses, keys.address, address))
  }

  begin(name: string, from: string): Attempt {
    const keys = keysOf(name, from)
    const counted = [
      this.#add(this.#pairs, keys.pair),
      this.#add(this.#names, keys.name),
      this.#add(this.#addresses, keys.address),
    ]
    const undone = () => {
      for (const failures of counted) failures.count = Math.max(0, failures.count - 1)
    }
    return {
      undone,
      right: () => {
        undone()
        this.#pairs.delete(keys.pair)
        this.#expected.set(keys.pair, this.#now() + expectedMs)
      },
    }
  }

  #add(map: LRUMap<string, Failures>, key: string): Failures {
    const failures = { count: this.#count(map, key) + 1, lastMs: this.#now() }
    map.set(key, failures)
    return failures
  }

  #count(map: LRUMap<string, Failures>, key: string): number {
    const failures = map.get(key)
    return failures && failures.lastMs + forgottenMs > this.#now() ? failures.count : 0
  }

  /** One second after the first that is not free, then twice as long each time. */
  #wait(map: LRUMap<string, Failures>, key: string, { free, mostMs }: { free: number; mostMs: number }): number {
    const count = this.#count(map, key)
    if (count < free) return 0
    const delayMs = Math.min(mostMs, secondMs * 2 ** (count - free))
    return Math.max(0, map.get(key)!.lastMs + delayMs - this.#now())
  }
}

/** Of one length, whatever was sent. */
function keysOf(name: string, from: string): { pair: string; name: string; address: string } {
  const hashed = hash('sha256', name, 'base64')
  const network = networkOf(from)
  return { name: hashed, address: network, pair: `${hashed} ${network}` }
}

/** One customer has a /64 of IPv6 at least. */
export function networkOf(from: string): string {
  if (!isIPv6(from)) return from
  const [head = '', tail] = from.replace(/%.*$/, '').split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail ? tail.split(':') : []
  const all =
    tail === undefined ? left : [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
