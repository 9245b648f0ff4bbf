/** Builds that are broken on purpose, and the hook that makes them. */
import { fileURLToPath } from 'node:url'
import type { SystemOptions } from '../lib/system.ts'

interface Mutation {
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** The edge takes any state, newer or not, onto whatever it has. */
export const withoutFence: readonly Mutation[] = [
  {
    file: 'libs/sync/receiver-checks.ts',
    find: 'if (have !== undefined && compareStates(state, have) <= 0) {',
    replace: 'if (have === state) {',
  },
  {
    file: 'libs/sync/receiver-checks.ts',
    find: 'if (base !== undefined && (have === undefined || !equalStates(base, have)))',
    replace: 'if (have === state)',
  },
  { file: 'libs/zone-store/refusal.ts', find: 'if (order < 0 || (order === 0 && !mend)) {', replace: 'if (have === state) {' },
  { file: 'libs/zone-store/refusal.ts', find: '  if (same) return\n', replace: '  if (same || base) return\n' },
]

/** The edge asks nobody in particular and is sent every shard by every publisher: then one that is behind reaches it, too. */
export const takesFromAll: readonly Mutation[] = [
  { file: 'apps/edge-writer/follow/edge.ts', find: '    divides: true,\n', replace: '    divides: false,\n' },
]

/** The edge takes content whatever its digest. */
export const withoutDigest: readonly Mutation[] = [
  {
    file: 'libs/zone-store/apply.ts',
    find: 'if (Buffer.compare(digest, header.state.digest) === 0) return',
    replace: 'if (digest.length > 0) return',
  },
]

/** The zone API answers before it commits. */
export const answerBeforeCommit: readonly Mutation[] = [
  {
    file: 'apps/zone-api/database/group-commit.ts',
    find: '      await execute(db, commit)\n',
    replace: `      for (const [index, job] of jobs.entries()) job.done(outcomes[index]!)
      this.#options.settled()
      await new Promise((resolve) => setTimeout(resolve, 15))
      await execute(db, commit)
`,
  },
]

/** The publisher sends whole zones, whatever the edge has and however old its own content is. */
export const rogue: readonly Mutation[] = [
  {
    file: 'libs/sync/sender.ts',
    find: '    if (prior !== undefined) return this.#desk.follow(prior, item)\n',
    replace: '    if (item) return this.#desk.compose(item, undefined)\n',
  },
]

/** Options of a system in which some programs are broken. */
export function broken(mutations: Readonly<Record<string, readonly Mutation[]>>): Pick<SystemOptions, 'flags' | 'env'> {
  const hook = fileURLToPath(new URL('./mutate.ts', import.meta.url))
  const names = Object.keys(mutations)
  return {
    flags: Object.fromEntries(names.map((name) => [name, [`--import=${hook}`]])),
    env: Object.fromEntries(
      names.map((name) => [name, { FAULT_MUTATIONS: JSON.stringify(mutations[name]), ZONECAST_LOG_LEVEL: 'debug' }]),
    ),
  }
}
