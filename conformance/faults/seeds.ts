/** Random numbers from a seed, so that a failure can be had again. */
import { randomInt } from 'node:crypto'

export interface Random {
  /** From 0 up to and without 1. */
  (): number
}

/** mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One of a list. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T
}

/**
 * The seeds of a run: those of `ZONECAST_SEEDS`; else some of chance. `ZONECAST_FAULT_MINUTES` asks for as many seeds as fill about that
 * time, at `secondsEach`.
 */
export function seedsOf(secondsEach: number, atLeast = 1): number[] {
  const named = process.env['ZONECAST_SEEDS']
  if (named) return named.split(',').map(Number)
  const minutes = Number(process.env['ZONECAST_FAULT_MINUTES'] ?? 0)
  const count = Math.max(atLeast, Math.floor((minutes * 60) / secondsEach))
  return Array.from({ length: count }, () => randomInt(1_000_000))
}

/** How to run one test of a file again. */
export function repeatBy(file: string, seed: number, folder = 'faults'): string {
  return `repeat with: ZONECAST_SEEDS=${seed} node tools/conformance.ts conformance/${folder}/${file}`
}
