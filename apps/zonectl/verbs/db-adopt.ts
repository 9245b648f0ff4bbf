/** `zonectl db adopt`: asks edges what they have, and has the zone API come after it. */
import { create } from '@bufbuild/protobuf'
import {
  type AdoptLineageRequest,
  AdoptLineageRequestSchema,
  type AdoptLineageResponse,
  LineageState,
} from '@zonecast/contract/generated/zonecast/zone/v1/lineage_service_pb'
import type { AdoptFlags } from '../commands/db.ts'
import { fields } from '../output/table.ts'
import { groupDigits } from '../output/text.ts'
import type { Run } from '../run.ts'

const states: Readonly<Record<LineageState, string>> = {
  [LineageState.UNSPECIFIED]: '',
  [LineageState.SOUND]: 'sound',
  [LineageState.RESTORED]: 'restored',
  [LineageState.REGRESSED]: 'regressed',
}

export async function databaseAdopt(run: Run, _: string[], flags: AdoptFlags): Promise<void> {
  const { raised, raisedCount, orphans, orphanCount, before, logId } = await adopt(run, flags)
  const value = {
    dryRun: flags.dryRun === true,
    before: states[before],
    logId: Buffer.from(logId).toString('hex'),
    raised,
    raisedCount: Number(raisedCount),
    orphans,
    orphanCount: Number(orphanCount),
  }
  if (!value.dryRun) run.talk('adopted; the zone API starts anew, and edges follow it')
  if (orphans.length > 0)
    run.talk('edges serve zones that the database does not have; each comes back by: zonectl db recover ZONE')
  await run.emit(value, () =>
    fields({
      before: value.before,
      raised: `${groupDigits(value.raisedCount)} zones come after what edges have seen`,
      orphans: value.orphanCount > 0 ? orphans.join(' ') : 'none',
    }),
  )
}

async function adopt(run: Run, flags: AdoptFlags): Promise<AdoptLineageResponse> {
  const { lineage } = await run.api()
  // An edge that is away ends the call, and is what there is to tell.
  let fault: unknown
  const failed = (error: unknown) => {
    fault = error
  }
  try {
    return await lineage.adoptLineage(requests(run, flags, failed))
  } catch (error) {
    throw fault ?? error
  }
}

/** First what is asked for, then the zones of each edge as it sends them. */
async function* requests(
  run: Run,
  flags: AdoptFlags,
  failed: (error: unknown) => void,
): AsyncGenerator<AdoptLineageRequest, void, undefined> {
  const { without = [], dryRun = false, reason = '' } = flags
  yield create(AdoptLineageRequestSchema, { without: [...without], dryRun, reason })
  try {
    for (const url of urlsOf(run, flags)) yield* edgeAt(run, url)
  } catch (error) {
    failed(error)
    throw error
  }
}

function urlsOf(run: Run, { edgeUrl = [], without = [] }: AdoptFlags): readonly string[] {
  const known = run.context()?.edges ?? []
  return [...known.filter(({ edgeId }) => !without.includes(edgeId)).map(({ url }) => url), ...edgeUrl]
}

async function* edgeAt(run: Run, url: string): AsyncGenerator<AdoptLineageRequest, void, undefined> {
  const api = await run.connectTo(url)
  try {
    const { edgeId } = await api.edge.getStatus({})
    yield create(AdoptLineageRequestSchema, { edgeId })
    for await (const { zones } of api.edge.listZones({ tombstones: true })) {
      const had = zones.flatMap(({ zone, state }) => (state ? [{ zone, state }] : []))
      yield create(AdoptLineageRequestSchema, { edgeId, zones: had })
    }
  } catch (error) {
    const { explain } = await import('../api.ts')
    throw explain(error, url)
  } finally {
    api.close()
  }
}
