/** New inputs from old ones: octets changed, moved, doubled, taken out, and words put in. */
import type { Random } from './random.ts'

export interface Mutator {
  /** An input made of one or two of the corpus, at most `maxOctets` long. */
  mutate(corpus: readonly Uint8Array[]): Uint8Array
}

type Step = (bytes: Uint8Array, random: Random, words: readonly Uint8Array[]) => Uint8Array

/** Where sizes and counts go wrong. */
const telling = [0, 1, 2, 0x0c, 0x0f, 0x10, 0x1f, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xfe, 0xff]

export function mutator(random: Random, words: readonly Uint8Array[], maxOctets: number): Mutator {
  return {
    mutate: (corpus) => {
      let bytes = corpus.length === 0 ? new Uint8Array(0) : random.pick(corpus)
      if (random.below(8) === 0) bytes = splice(bytes, random.pick(corpus), random)
      // Mostly a few steps, now and then many.
      const steps = 1 << random.below(6)
      for (let i = 0; i < steps; i++) bytes = random.pick(allSteps)(bytes, random, words)
      return bytes.slice(0, maxOctets)
    },
  }
}

const changed = (bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array => {
  if (bytes.length === 0) return bytes
  const copy = bytes.slice()
  change(copy)
  return copy
}

const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The beginning of one and the end of another. */
function splice(one: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  return joined(one.subarray(0, random.below(one.length + 1)), other.subarray(random.below(other.length + 1)))
}

const rangeOf = (bytes: Uint8Array, random: Random): readonly [number, number] => {
  const start = random.below(bytes.length + 1)
  return [start, Math.min(bytes.length, start + random.below(1 << (1 + random.below(7))))]
}

const allSteps: readonly Step[] = [
  (bytes, random) => changed(bytes, (copy) => void (copy[random.below(copy.length)]! ^= 1 << random.below(8))),
  (bytes, random) => changed(bytes, (copy) => void (copy[random.below(copy.length)] = random.below(256))),
  (bytes, random) => changed(bytes, (copy) => void (copy[random.below(copy.length)] = random.pick(telling))),
  (bytes, random) => changed(bytes, (copy) => void (copy[random.below(copy.length)]! += random.below(9) - 4)),
  (bytes, random) => {
    const [start, end] = rangeOf(bytes, random)
    return joined(bytes.subarray(0, start), bytes.subarray(end))
  },
  (bytes, random) => {
    const [start, end] = rangeOf(bytes, random)
    return joined(bytes.subarray(0, end), bytes.subarray(start))
  },
  (bytes, random) => {
    const at = random.below(bytes.length + 1)
    const octets = Uint8Array.from({ length: 1 + random.below(4) }, () => random.below(256))
    return joined(bytes.subarray(0, at), octets, bytes.subarray(at))
  },
  (bytes, random, words) => {
    if (words.length === 0) return bytes
    const at = random.below(bytes.length + 1)
    return joined(bytes.subarray(0, at), random.pick(words), bytes.subarray(at))
  },
  (bytes, random, words) => {
    if (words.length === 0) return bytes
    const word = random.pick(words)
    const at = random.below(bytes.length + 1)
    return joined(bytes.subarray(0, at), word, bytes.subarray(at + word.length))
  },
]
