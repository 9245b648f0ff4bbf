/** Tests of the tests: builds that are broken on purpose are caught, and under the same faults a sound build is not. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { withLinks } from '../lib/tcp-proxy.ts'
import type { SystemOptions } from '../lib/system.ts'
import type { FindingKind } from './checker.ts'
import { faultRun, type FaultRun } from './fault-run.ts'
import { answerBeforeCommit, broken, rogue, takesFromAll, withoutDigest, withoutFence } from './mutations.ts'

type Mutations = Parameters<typeof broken>[0]

/** Runs with broken builds; gives the kinds of findings. Each program must say that it was really changed. */
async function found(
  mutations: Mutations,
  options: SystemOptions,
  faults: (run: FaultRun) => Promise<void>,
): Promise<Set<FindingKind>> {
  const { findings } = await faultRun({
    seed: 1,
    zones: ['mutant.example.'],
    system: { edges: ['edge-1'], ...options, ...broken(mutations) },
    faults: async (run) => {
      for (const [name, list] of Object.entries(mutations)) {
        const { log } = run.system.app(name)
        for (const { file } of list) assert.ok(log.includes(`mutated ${file}`), `${name} runs with another ${file}`)
      }
      await faults(run)
    },
    mayNotRest: true,
  })
  return new Set(findings.map(({ kind }) => kind))
}

/** Two publishers, of which one hears of each change late and sends whole zones, old as they are; the edge is sent both. */
async function withRogue(edge: Mutations[string] = []): Promise<Set<FindingKind>> {
  return withLinks(async ({ open }) => {
    const zoneApiUrl = async (port: number, publisher: string) => {
      const link = await open(port)
      if (publisher === 'publisher-2') link.shape({ delayMs: 300 })
      return link.url
    }
    const options = { publishers: ['publisher', 'publisher-2'], zoneApiUrl }
    return found({ 'publisher-2': rogue, 'edge-1': [...takesFromAll, ...edge] }, options, async ({ system, progress }) => {
      // Before the rogue has sent something it can do no harm.
      for (; !system.app('publisher-2').log.some((line) => line.includes('"body":"delta"'));) await progress(1)
      await progress(100)
    })
  })
}

test('an edge with its fence takes no harm from a publisher that sends old zones', async () => {
  assert.deepEqual([...(await withRogue())], [])
})

test('an edge without its fence is caught: it goes back', async () => {
  const kinds = await withRogue(withoutFence)
  assert.ok(kinds.has('version backwards'), [...kinds].join())
})

/** A link that alters a digit of the values of one name now and then. */
async function withAlteringLink(edge: Mutations): Promise<{ kinds: Set<FindingKind>; altered: number }> {
  let altered = 0
  let chunks = 0
  // In hexadecimal: z-w1, the rest of the name, TXT, IN, a TTL of 60, RDLENGTH, the length of the text, and its first digit.
  const value = /7a2d7731(?:..){2,40}?001000010000003c00..0[1-4]3\d/g
  return withLinks(async ({ open }) => {
    const publisherUrl = async (port: number) => {
      const { url } = await open(port, (chunk) => {
        // The last one is what is added; what is removed stands before it.
        const last = [...chunk.toString('hex').matchAll(value)].findLast(({ index }) => index % 2 === 0)
        if (last === undefined || chunks++ % 3 > 0) return
        const digit = (last.index + last[0].length) / 2 - 1
        chunk[digit]! ^= 1
        altered++
      })
      return url
    }
    const kinds = await found(edge, { publisherUrl }, ({ progress }) => progress(90))
    return { kinds, altered }
  })
}

test('what a link alters is found by the digest, and mended', async () => {
  const { kinds, altered } = await withAlteringLink({})
  assert.deepEqual([...kinds], [])
  assert.ok(altered > 3, `${altered} values were altered`)
})

test('an edge that does not compare digests is caught', async () => {
  const { kinds, altered } = await withAlteringLink({ 'edge-1': withoutDigest })
  assert.ok(altered > 0, 'nothing was altered')
  assert.ok(kinds.has('torn') || kinds.has('phantom') || kinds.has('diverged'), [...kinds].join())
})

test('a zone API that answers before it commits is caught: what it promised is lost', async () => {
  const kinds = await found({ 'zone-api': answerBeforeCommit }, {}, async ({ system, progress }) => {
    for (let i = 0; i < 3; i++) {
      await progress(5)
      await system.stop('zone-api', 'SIGKILL')
      await system.start('zone-api')
    }
    await progress(3)
  })
  assert.ok(kinds.has('lost') || kinds.has('serial reused'), [...kinds].join())
})
