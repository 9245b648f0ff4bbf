/** Which parts of the code under test have run, as V8 counts its blocks. */
import { Session, type Profiler } from 'node:inspector/promises'

export interface Coverage {
  /** What ran since the last call: for each function that ran, the parts of it that did not. */
  take(): Promise<Ran>
  stop(): Promise<void>
}

type Range = readonly [start: number, end: number]
export type Ran = ReadonlyMap<string, readonly Range[]>

/** Counts in the scripts whose URL has this part; everything else, such as the fuzzer, is left out. */
export async function startCoverage(part: string): Promise<Coverage> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  return {
    take: async () => {
      const { result } = await session.post('Profiler.takePreciseCoverage')
      return new Map(result.filter(({ url }) => url.includes(part) && !url.includes('/node_modules/')).flatMap(functionsOf))
    },
    stop: async () => {
      await session.post('Profiler.stopPreciseCoverage')
      session.disconnect()
    },
  }
}

/** V8 names a block only where its count differs from the one around it, so that what has not run is what can be relied on. */
function functionsOf({ scriptId, functions }: Profiler.ScriptCoverage): [string, Range[]][] {
  return functions.flatMap(({ ranges }): [string, Range[]][] => {
    const [whole, ...blocks] = ranges
    if (whole === undefined || whole.count === 0) return []
    const idle = blocks.filter(({ count }) => count === 0).map(({ startOffset, endOffset }): Range => [startOffset, endOffset])
    return [[`${scriptId}:${whole.startOffset}-${whole.endOffset}`, idle]]
  })
}

/** What has not run yet, in all runs so far. */
export class Unseen {
  readonly #idle = new Map<string, readonly Range[]>()

  /** Functions that have run, and blocks of them that have not. */
  get size(): { readonly functions: number; readonly idleBlocks: number } {
    return { functions: this.#idle.size, idleBlocks: [...this.#idle.values()].reduce((sum, ranges) => sum + ranges.length, 0) }
  }

  /** True where something ran for the first time. */
  isNews(ran: Ran): boolean {
    for (const [key, ranges] of ran) {
      const before = this.#idle.get(key)
      if (before === undefined || octetsOf(intersection(before, ranges)) < octetsOf(before)) return true
    }
    return false
  }

  add(ran: Ran): void {
    for (const [key, ranges] of ran) {
      const before = this.#idle.get(key)
      this.#idle.set(key, before === undefined ? ranges : intersection(before, ranges))
    }
  }
}

function intersection(some: readonly Range[], others: readonly Range[]): Range[] {
  return some.flatMap(([start, end]) =>
    others.flatMap(([from, to]): Range[] =>
      Math.max(start, from) < Math.min(end, to) ? [[Math.max(start, from), Math.min(end, to)]] : [],
    ),
  )
}

const octetsOf = (ranges: readonly Range[]): number => ranges.reduce((sum, [start, end]) => sum + end - start, 0)
