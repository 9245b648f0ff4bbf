/** ImportZone: a stream of zones, each atomic and with an outcome of its own. */
import { create, toBinary } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  ImportFormat,
  type ImportHeader,
  ImportHeaderSchema,
  ImportMode,
  type ImportOutcome,
  ImportOutcomeSchema,
  ImportRecords,
  ImportSerial,
  type ImportZoneRequest,
  type ImportZoneResponse,
  ImportZoneResponseSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import type { ZoneDefaults } from '@zonecast/contract/generated/zonecast/zone/v1/zone_defaults_pb'
import { zoneKeyOf } from '@zonecast/dns'
import { allows } from '@zonecast/access'
import { exhausted, invalidRequest, principalOf, requirePermission } from '@zonecast/rpc'
import { diskFull } from '../database/refusal.ts'
import { maxListed } from '../staging/data-errors.ts'
import { defaultRecords, type ImportRequest, type ImportResult, type RecordsPolicy } from '../staging/import-request.ts'
import type { Importer } from '../staging/importer.ts'
import { Slots } from '../staging/slots.ts'
import type { ZoneImport } from '../staging/zone-import.ts'
import { AnswerRoom } from './import-answer.ts'
import { callerOf } from './write-context.ts'
import type { ZoneDatabase, ZoneSettings } from '../database/zone-database.ts'
import { demandCreation, madeWithin, tellPlaced } from '../access/zone-access.ts'
import { builtInDefaults, settingsOver } from './zone-defaults.ts'
import { absoluteName, effectToMessage, warningToMessage } from './zone-messages.ts'
import { settingsFromMessage } from './zone-settings.ts'

/** Zones of one stream that are finished at once, so that small ones share commits. */
const maxFinishing = 128

export interface ImportPorts {
  readonly database: ZoneDatabase
  readonly importer: Importer
  /** The most that the outcomes of a stream take in its answer, errors and warnings not counted; absent means what a message bears. */
  readonly outcomesOctets?: number
  /** What new zones get where nobody says otherwise; absent means what is built in. */
  readonly defaults?: ZoneDefaults
  /** Called when a zone may have got owners. */
  readonly ownersChanged?: () => void
}

/** A stream that breaks off leaves nothing of the zone it was in; zones complete before it stay as they are. */
export async function importZones(
  ports: ImportPorts,
  requests: AsyncIterable<ImportZoneRequest>,
  context: HandlerContext,
): Promise<ImportZoneResponse> {
  const zones = new ZoneSequence(ports, context)
  try {
    for await (const { part } of requests) {
      if (part.case === 'header') await zones.begin(part.value)
      else if (part.case === 'data') await zones.push(part.value)
    }
    return create(ImportZoneResponseSchema, { outcomes: await zones.end() })
  } catch (error) {
    await zones.abort()
    throw hasNoRoom(error) ? diskFull() : error
  }
}

/** What is sorted goes to the data folder, too. */
function hasNoRoom(error: unknown): boolean {
  // An error that comes from a thread has kept its message alone.
  return error instanceof Error && /^(?:ENOSPC|EDQUOT):/.test(error.message)
}

class ZoneSequence {
  readonly #ports: ImportPorts
  readonly #context: HandlerContext
  readonly #slots = new Slots(maxFinishing)
  readonly #outcomes: Promise<ImportOutcome>[] = []
  /** The newest import of each zone: the next one of that zone comes after it. */
  readonly #newest = new Map<string, Promise<unknown>>()
  readonly #room: AnswerRoom
  readonly #defaults: ZoneDefaults
  /** Made once: a stream may create very many zones with the same. */
  readonly #settings: ZoneSettings
  #open: { readonly request: ImportRequest; readonly zone: ZoneImport } | undefined

  constructor(ports: ImportPorts, context: HandlerContext) {
    const { outcomesOctets, defaults = builtInDefaults } = ports
    this.#ports = ports
    this.#context = context
    this.#room = new AnswerRoom(outcomesOctets)
    this.#defaults = defaults
    this.#settings = settingsFromMessage(defaults.settings)
  }

  async begin(header: ImportHeader): Promise<void> {
    await this.#finish()
    const { settings } = header
    const wanted = settings ? settingsFromMessage(settingsOver(settings, this.#defaults.settings)) : this.#settings
    const request = await this.#admitted(requestOf(header, wanted, this.#context))
    if (!this.#room.begin()) {
      const message = `the outcomes of more than ${this.#outcomes.length} zones do not fit an answer; send the others in a stream of their own`
      throw exhausted('zones', message)
    }
    this.#open = { request, zone: this.#ports.importer.open(request) }
  }

  async push(bytes: Uint8Array): Promise<void> {
    if (this.#open) return this.#open.zone.push(bytes)
    const message = 'the stream begins with data; a header that names the zone comes first'
    throw invalidRequest([{ field: 'data', reason: 'STREAM_ORDER', message }])
  }

  async end(): Promise<ImportOutcome[]> {
    await this.#finish()
    return this.#room.fitted(await Promise.all(this.#outcomes))
  }

  async abort(): Promise<void> {
    await this.#open?.zone.abort()
    await Promise.allSettled(this.#outcomes)
  }

  /** A zone that the import makes is to be made, and gets an owner. */
  async #admitted(request: ImportRequest): Promise<ImportRequest> {
    const { database } = this.#ports
    if (allows(principalOf(this.#context), 'zone.create')) return request
    if (await database.getZone(request.zone)) return { ...request, ...madeWithin(this.#context) }
    return { ...request, ...(await demandCreation(database, this.#context, request.apex)) }
  }

  /** Lets the open zone finish beside what comes next. */
  async #finish(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    if (!open) return
    const { request, zone } = open
    const release = await this.#slots.take()
    try {
      // Others may have made zones above or below while the data came.
      await this.#admitted(request)
    } catch (error) {
      release()
      await zone.abort()
      throw error
    }
    const before = this.#newest.get(request.zone) ?? Promise.resolve()
    const outcome = zone.finish(before).then((result) => this.#room.finished(this.#outcome(request, result)))
    const done = outcome.then(release, release)
    this.#newest.set(request.zone, done)
    this.#outcomes.push(outcome)
  }

  #outcome(request: ImportRequest, result: ImportResult): ImportOutcome {
    if (request.owners) this.#ports.ownersChanged?.()
    tellPlaced(this.#context, request.apex, result.refusal)
    return outcomeOf(request, result)
  }
}

const dnssecPolicies: Readonly<Record<number, RecordsPolicy['dnssec']>> = {
  [ImportRecords.KEEP]: 'keep',
  [ImportRecords.DROP]: 'drop',
  [ImportRecords.REFUSE]: 'refuse',
}

function requestOf(header: ImportHeader, settings: ZoneSettings, context: HandlerContext): ImportRequest {
  const apex = absoluteName(header.zone, 'header.zone')
  requirePermission(context, 'zone.import', { zone: apex })
  if (header.force) requirePermission(context, 'zone.force', { zone: apex })
  return {
    apex,
    zone: zoneKeyOf(apex),
    format: header.format === ImportFormat.WIRE ? 'wire' : 'zone-file',
    mode: header.mode === ImportMode.MERGE ? 'merge' : 'replace',
    force: header.force,
    dryRun: header.dryRun,
    overwrite: header.overwrite,
    mustBeNew: header.mustBeNew,
    expectedVersion: header.expectedVersion,
    settings,
    continueSerial: header.serial === ImportSerial.CONTINUE,
    records: {
      dnssec: dnssecPolicies[header.dnssecRecords] ?? defaultRecords.dnssec,
      outOfZone: header.outOfZoneRecords === ImportRecords.DROP ? 'drop' : 'refuse',
    },
    context: callerOf(header, context),
    headerOctets: () => toBinary(ImportHeaderSchema, header),
  }
}

function outcomeOf({ zone }: ImportRequest, result: ImportResult): ImportOutcome {
  const { outcome, code, errors, warnings, warningCount, rrCount } = result
  return create(ImportOutcomeSchema, {
    zone,
    ...(outcome && { effect: effectToMessage(outcome.effect) }),
    changeId: outcome?.changeId ?? '',
    errors: [...errors.errors],
    errorCount: BigInt(errors.count),
    warnings: warnings.slice(0, maxListed).map(warningToMessage),
    warningCount: BigInt(warningCount),
    rrCount: BigInt(rrCount),
    code,
  })
}
