/**
 * SHA-256 of many short pieces, four at a time in the lanes of a vector, and the sum of all (FIPS 180-4). AssemblyScript; `npm run generate`
 * compiles it. The caller puts pieces at `inputAt`, the end of each at `endsAt`, and reads the sum at `sumAt`.
 */

const lanes: i32 = 4
const blockOctets: i32 = 64
/** Pieces of up to so many blocks wait for others of their length; longer ones are hashed by themselves. */
const mostBlocks: i32 = 16
/** Room for the longest piece with its padding (65 800 octets), and for the vector that is written past its end. */
const laneOctets: i32 = 66_176

const roundConstants: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
  0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
  0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
  0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
  0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
  0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
])
const schedule: usize = memory.data(64 * 16, 16)
const padded: usize = memory.data(4 * 66_176, 16)
/** Place and length of the pieces that wait, for each number of blocks. */
const waiting: usize = memory.data(17 * 4 * 8, 8)
const counts: usize = memory.data(17 * 4, 4)
/** The sum: eight words, most significant first, each with room for 2³² terms. */
const sum: usize = memory.data(8 * 8, 8)
const input: usize = memory.data(196_608, 16)
const ends: usize = memory.data(65_536, 4)

export function inputAt(): usize {
  return input
}

export function endsAt(): usize {
  return ends
}

/** Where the sum stands: eight words of 64 bits, whose upper halves are still to be carried. */
export function sumAt(): usize {
  return sum
}

export function clear(): void {
  memory.fill(sum, 0, 64)
}

/** Adds the hashes of `count` pieces that stand back to back in the input, from `start` on. */
export function add(start: u32, count: u32): void {
  let from = start
  for (let i: u32 = 0; i < count; i++) {
    const end = load<u32>(ends + (<usize>i << 2))
    take(input + from, end - from)
    from = end
  }
  for (let blocks: i32 = 1; blocks <= mostBlocks; blocks++) {
    const held = load<i32>(counts + (<usize>blocks << 2))
    if (held > 0) flush(blocks, held)
  }
}

function take(message: usize, octets: u32): void {
  const blocks: i32 = <i32>((octets + 9 + 63) >> 6)
  if (blocks > mostBlocks) {
    pad(padded, message, octets, blocks)
    hash(padded, padded, padded, padded, blocks, 1)
    return
  }
  const at = counts + (<usize>blocks << 2)
  const held = load<i32>(at)
  const slot = waiting + (<usize>(blocks * lanes + held) << 3)
  store<u32>(slot, <u32>message)
  store<u32>(slot, octets, 4)
  store<i32>(at, held + 1)
  if (held + 1 === lanes) flush(blocks, lanes)
}

function flush(blocks: i32, held: i32): void {
  store<i32>(counts + (<usize>blocks << 2), 0)
  for (let lane: i32 = 0; lane < held; lane++) {
    const slot = waiting + (<usize>(blocks * lanes + lane) << 3)
    pad(padded + <usize>(lane * laneOctets), load<u32>(slot), load<u32>(slot, 4), blocks)
  }
  const p1 = padded + <usize>(held > 1 ? 1 * laneOctets : 0)
  const p2 = padded + <usize>(held > 2 ? 2 * laneOctets : 0)
  const p3 = padded + <usize>(held > 3 ? 3 * laneOctets : 0)
  hash(padded, p1, p2, p3, blocks, held)
}

/** The message, a bit, zeros, and the length in bits (§5.1.1). */
function pad(to: usize, message: usize, octets: u32, blocks: i32): void {
  for (let i: u32 = 0; i < octets; i += 16) v128.store(to + i, v128.load(message + i))
  store<u8>(to + octets, 0x80)
  const end: u32 = blocks * blockOctets
  for (let i: u32 = octets + 1; i < end; i += 16) v128.store(to + i, i32x4.splat(0))
  store<u32>(to + end - 4, bswap<u32>(octets << 3))
}

@inline
function rotate(x: v128, by: i32): v128 {
  return v128.or(i32x4.shr_u(x, by), i32x4.shl(x, 32 - by))
}

@inline
function words(at: usize): v128 {
  const x = v128.load(at)
  return i8x16.shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)
}

/** T1 of a round (§6.2.2). */
@inline
function first(e: v128, f: v128, g: v128, h: v128, t: usize): v128 {
  const s1 = v128.xor(v128.xor(rotate(e, 6), rotate(e, 11)), rotate(e, 25))
  const choice = v128.xor(g, v128.and(e, v128.xor(f, g)))
  const k = v128.load32_splat(roundConstants + (t << 2))
  return i32x4.add(i32x4.add(i32x4.add(h, s1), i32x4.add(choice, k)), v128.load(schedule + (t << 4)))
}

/** T2 of a round (§6.2.2). */
@inline
function second(a: v128, b: v128, c: v128): v128 {
  const s0 = v128.xor(v128.xor(rotate(a, 2), rotate(a, 13)), rotate(a, 22))
  return i32x4.add(s0, v128.or(v128.and(a, b), v128.and(c, v128.or(a, b))))
}

/** Hashes four messages of equally many blocks (§6.2.2); the first `held` of them count. */
function hash(p0: usize, p1: usize, p2: usize, p3: usize, blocks: i32, held: i32): void {
  let h0 = i32x4.splat(0x6a09e667), h1 = i32x4.splat(0xbb67ae85), h2 = i32x4.splat(0x3c6ef372), h3 = i32x4.splat(0xa54ff53a)
  let h4 = i32x4.splat(0x510e527f), h5 = i32x4.splat(0x9b05688c), h6 = i32x4.splat(0x1f83d9ab), h7 = i32x4.splat(0x5be0cd19)
  for (let block: i32 = 0; block < blocks; block++) {
    const offset = <usize>(block * blockOctets)
    for (let i: usize = 0; i < 64; i += 16) {
      const a = words(p0 + offset + i), b = words(p1 + offset + i), c = words(p2 + offset + i), d = words(p3 + offset + i)
      const ab = i32x4.shuffle(a, b, 0, 4, 1, 5), cd = i32x4.shuffle(c, d, 0, 4, 1, 5)
      const ba = i32x4.shuffle(a, b, 2, 6, 3, 7), dc = i32x4.shuffle(c, d, 2, 6, 3, 7)
      const to = schedule + (i << 2)
      v128.store(to, i64x2.shuffle(ab, cd, 0, 2))
      v128.store(to, i64x2.shuffle(ab, cd, 1, 3), 16)
      v128.store(to, i64x2.shuffle(ba, dc, 0, 2), 32)
      v128.store(to, i64x2.shuffle(ba, dc, 1, 3), 48)
    }
    for (let t: usize = 256; t < 1024; t += 16) {
      const at = schedule + t
      const w15 = v128.load(at - 240), w2 = v128.load(at - 32)
      const s0 = v128.xor(v128.xor(rotate(w15, 7), rotate(w15, 18)), i32x4.shr_u(w15, 3))
      const s1 = v128.xor(v128.xor(rotate(w2, 17), rotate(w2, 19)), i32x4.shr_u(w2, 10))
      v128.store(at, i32x4.add(i32x4.add(v128.load(at - 256), s0), i32x4.add(v128.load(at - 112), s1)))
    }
    let a = h0, b = h1, c = h2, d = h3, e = h4, f = h5, g = h6, h = h7
    let x: v128
    for (let t: usize = 0; t < 64; t += 8) {
      x = first(e, f, g, h, t)
      d = i32x4.add(d, x)
      h = i32x4.add(x, second(a, b, c))
      x = first(d, e, f, g, t + 1)
      c = i32x4.add(c, x)
      g = i32x4.add(x, second(h, a, b))
      x = first(c, d, e, f, t + 2)
      b = i32x4.add(b, x)
      f = i32x4.add(x, second(g, h, a))
      x = first(b, c, d, e, t + 3)
      a = i32x4.add(a, x)
      e = i32x4.add(x, second(f, g, h))
      x = first(a, b, c, d, t + 4)
      h = i32x4.add(h, x)
      d = i32x4.add(x, second(e, f, g))
      x = first(h, a, b, c, t + 5)
      g = i32x4.add(g, x)
      c = i32x4.add(x, second(d, e, f))
      x = first(g, h, a, b, t + 6)
      f = i32x4.add(f, x)
      b = i32x4.add(x, second(c, d, e))
      x = first(f, g, h, a, t + 7)
      e = i32x4.add(e, x)
      a = i32x4.add(x, second(b, c, d))
    }
    h0 = i32x4.add(h0, a)
    h1 = i32x4.add(h1, b)
    h2 = i32x4.add(h2, c)
    h3 = i32x4.add(h3, d)
    h4 = i32x4.add(h4, e)
    h5 = i32x4.add(h5, f)
    h6 = i32x4.add(h6, g)
    h7 = i32x4.add(h7, h)
  }
  addWord(0, h0, held)
  addWord(8, h1, held)
  addWord(16, h2, held)
  addWord(24, h3, held)
  addWord(32, h4, held)
  addWord(40, h5, held)
  addWord(48, h6, held)
  addWord(56, h7, held)
}

function addWord(at: usize, word: v128, held: i32): void {
  let total = <u64>(<u32>i32x4.extract_lane(word, 0))
  if (held > 1) total += <u64>(<u32>i32x4.extract_lane(word, 1))
  if (held > 2) total += <u64>(<u32>i32x4.extract_lane(word, 2))
  if (held > 3) total += <u64>(<u32>i32x4.extract_lane(word, 3))
  store<u64>(sum + at, load<u64>(sum + at) + total)
}
