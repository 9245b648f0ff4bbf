/** `zonectl db recover`: a zone that only edges have is taken from one of them, and is a zone again. */
import { fromBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import type { ExportedZone, ExportZoneResponse } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import {
  ImportFormat,
  type ImportOutcome,
  type ImportZoneRequestSchema,
  ZoneSettingsSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { LineageState } from '@zonecast/contract/generated/zonecast/zone/v1/lineage_service_pb'
import { decodeRR, encodeRR, nextSerial, soaFields, withSerial } from '@zonecast/dns'
import { exitCodeOf, preconditionFailed, toConnectError } from '@zonecast/rpc'
import { randomUUID } from 'node:crypto'
import { type Api, explain } from '../api.ts'
import type { RecoverFlags } from '../commands/db.ts'
import { CliError, usageError } from '../failure.ts'
import { zoneName } from '../names.ts'
import { count } from '../output/text.ts'
import { reportChange } from '../report-change.ts'
import type { Run } from '../run.ts'

/** A zone at an edge, from its beginning on. */
interface Held {
  readonly api: Api
  readonly about: ExportedZone
  /** The SOA, as stored. */
  readonly soa: Uint8Array
  readonly rest: AsyncIterator<ExportZoneResponse>
}

export async function databaseRecover(run: Run, [text = '']: string[], flags: RecoverFlags): Promise<void> {
  const api = await run.api()
  const zone = zoneName(text)
  if (await isThere(api, zone)) throw new CliError(`${zone} is a zone already; nothing was done`)
  await demandSound(api)
  const urls = [...(run.context()?.edges ?? []).map(({ url }) => url), ...(flags.edgeUrl ?? [])]
  if (urls.length === 0) throw usageError('name an edge that has the zone: --edge-url URL')
  const held: Held[] = []
  try {
    for (const url of urls) held.push(...(await heldAt(run, url, zone)))
    const newest = held.reduce<Held | undefined>(
      (best, one) => (best && !isBefore(best.about, one.about) ? best : one),
      undefined,
    )
    if (newest === undefined)
      throw new CliError(`none of ${count(urls.length, 'edge')} has ${zone}; --edge-url URL names another`)
    const { edgeId, orphan } = newest.about
    if (!orphan)
      throw new CliError(`${zone} is no orphan at ${edgeId}: publishers list it, or have not listed all since it connected`, 1, [
        'orphans are listed by "npx zonectl edge status"',
      ])
    await report(run, await send(api, zone, newest, flags), newest.about, flags)
  } finally {
    for (const { api: edge } of held) edge.close()
  }
}

async function isThere(api: Api, zone: string): Promise<boolean> {
  try {
    await api.zones.getZone({ zone })
    return true
  } catch (error) {
    if (ConnectError.from(error).code === Code.NotFound) return false
    throw error
  }
}

/** What edges have is an orphan only once the database has come after them; the import would be refused, too. */
async function demandSound(api: Api): Promise<void> {
  const { state, detail } = await api.lineage.getLineage({})
  if (state === LineageState.SOUND) return
  const how = state === LineageState.RESTORED ? `was ${detail}` : `was rolled back (${detail})`
  const message = `nothing is changed: the database ${how}; run "zonectl db adopt" first`
  throw toConnectError(preconditionFailed([{ reason: 'LINEAGE_REGRESSED', subject: 'database', message }]))
}

/** Nothing where the edge does not have the zone. */
async function heldAt(run: Run, url: string, zone: string): Promise<Held[]> {
  const api = await run.connectTo(url)
  try {
    const rest = api.edge.exportZone({ zone })[Symbol.asyncIterator]()
    const first = await rest.next()
    if (first.done === true || first.value.zone === undefined) throw new Error(`${url} sent nothing of ${zone}`)
    return [{ api, about: first.value.zone, soa: first.value.data, rest }]
  } catch (error) {
    api.close()
    if (ConnectError.from(error).code === Code.NotFound) return []
    throw explain(error, url)
  }
}

function isBefore({ zone: a }: ExportedZone, { zone: b }: ExportedZone): boolean {
  const [left, right] = [a!.state!, b!.state!]
  return left.generation === right.generation ? left.version < right.version : left.generation < right.generation
}

/** A fault at the edge must not look like the end of the zone: the import is cut, and the fault is what the user hears of. */
async function send(api: Api, zone: string, { about, soa, rest }: Held, flags: RecoverFlags): Promise<ImportOutcome> {
  const { dryRun = false, force = false, reason = `recovered from ${about.edgeId}` } = flags
  const cut = new AbortController()
  let fault: unknown
  async function* messages(): AsyncGenerator<MessageInitShape<typeof ImportZoneRequestSchema>> {
    const settings = fromBinary(ZoneSettingsSchema, about.settings)
    const header = { zone, mustBeNew: true, format: ImportFormat.WIRE, settings, dryRun, force, reason, requestId: randomUUID() }
    yield { part: { case: 'header', value: header } }
    yield { part: { case: 'data', value: afterSeen(soa) } }
    try {
      for (let next = await rest.next(); next.done !== true; next = await rest.next())
        yield { part: { case: 'data', value: next.value.data } }
    } catch (error) {
      fault = error
      cut.abort(error)
      throw error
    }
  }
  try {
    const { outcomes } = await api.zones.importZone(messages(), { signal: cut.signal })
    return outcomes[0]!
  } catch (error) {
    throw fault ?? error
  }
}

/** The SOA with the serial after the one that was seen. */
function afterSeen(stored: Uint8Array): Uint8Array {
  const soa = decodeRR(stored)
  return encodeRR({ ...soa, rdata: withSerial(soa.rdata, nextSerial(soaFields(soa.rdata).serial)) })
}

async function report(run: Run, outcome: ImportOutcome, { edgeId }: ExportedZone, flags: RecoverFlags): Promise<void> {
  const { changeId, effect, warnings, rrCount, errors, code, zone } = outcome
  if (!effect) {
    const exitCode = exitCodeOf(new ConnectError('refused', code || Code.InvalidArgument))
    const lines = errors.map(({ message }) => message)
    throw new CliError(`${zone} was not taken back`, exitCode, lines)
  }
  const made = { changeId, effects: [effect], warnings, dryRun: flags.dryRun === true }
  const more = { json: { edgeId, records: Number(rrCount) }, fields: { from: edgeId, read: count(rrCount, 'record') } }
  await reportChange(run, { ...made, ...more }, flags.wait)
}
