/** `zonectl zone import`: a zone file becomes a zone, or nothing happens. */
import { Code, ConnectError } from '@connectrpc/connect'
import {
  ImportFormat,
  ImportMode,
  ImportRecords,
  ImportSerial,
  type ImportOutcome,
  type ImportZoneRequestSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { type MessageInitShape } from '@bufbuild/protobuf'
import { exitCodeOf } from '@zonecast/rpc'
import { randomUUID } from 'node:crypto'
import type { Api } from '../api.ts'
import type { ImportFlags } from '../commands/zone.ts'
import { zoneName } from '../names.ts'
import { warningJson } from '../output/json.ts'
import { progressBar } from '../output/progress-bar.ts'
import { count, groupDigits, printable } from '../output/text.ts'
import { reportChange } from '../report-change.ts'
import type { Run } from '../run.ts'
import { placeText } from '../zone-source/line-places.ts'
import { openSource, type ZoneSource } from '../zone-source/source.ts'

export async function zoneImport(run: Run, [zone = '', file = '']: string[], flags: ImportFlags): Promise<void> {
  const api = await run.api()
  const name = zoneName(zone)
  let onRead: (octets: number) => void = () => {}
  const source = await openSource({
    file,
    zone: name,
    stdin: run.io.stdin,
    defaultTtl: () => defaultTtlOf(api, name),
    onRead: (octets) => onRead(octets),
  })
  const bar = progressBar(
    run.quiet ? Object.assign(Object.create(run.io.stderr), { isTTY: false }) : run.io.stderr,
    source.octets,
  )
  onRead = (octets) => bar.add(octets)
  let outcome: ImportOutcome | undefined
  try {
    outcome = await send(api, { name, source, flags, onSent: () => bar.sent() })
  } finally {
    bar.stop()
  }
  if (outcome === undefined) throw new Error('the zone API gave no outcome')
  if (outcome.effect) await reportImport(run, outcome, flags)
  else await reportRefusal(run, outcome, source)
}

/** The zone's own default where it exists already. */
async function defaultTtlOf(api: Api, zone: string): Promise<number> {
  try {
    return (await api.zones.getZone({ zone })).zone?.settings?.defaultTtl || fallbackTtl
  } catch (error) {
    if (ConnectError.from(error).code === Code.NotFound) return fallbackTtl
    throw error
  }
}

const fallbackTtl = 3_600

const records = { keep: ImportRecords.KEEP, drop: ImportRecords.DROP, refuse: ImportRecords.REFUSE } as const

interface Sending {
  readonly name: string
  readonly source: ZoneSource
  readonly flags: ImportFlags
  readonly onSent: () => void
}

async function send(api: Api, { name, source, flags, onSent }: Sending): Promise<ImportOutcome | undefined> {
  const { merge = false, overwrite = false, force = false, dryRun = false, ifVersion, reason } = flags
  const { serial = 'keep', dnssec = 'keep', outOfZone = 'refuse' } = flags
  // A fault in reading must not look like the end of the zone: the call is cut, and the fault is what the user hears of.
  const cut = new AbortController()
  let fault: unknown
  async function* messages(): AsyncGenerator<MessageInitShape<typeof ImportZoneRequestSchema>> {
    const header = {
      zone: name,
      format: ImportFormat.ZONE_FILE,
      mode: merge ? ImportMode.MERGE : ImportMode.REPLACE,
      force,
      dryRun,
      overwrite,
      serial: serial === 'continue' ? ImportSerial.CONTINUE : ImportSerial.KEEP,
      dnssecRecords: records[dnssec],
      outOfZoneRecords: records[outOfZone],
      requestId: randomUUID(),
      ...(ifVersion !== undefined && { expectedVersion: ifVersion }),
      ...(reason && { reason }),
    }
    yield { part: { case: 'header', value: header } }
    try {
      for await (const data of source.pieces) yield { part: { case: 'data', value: data } }
    } catch (error) {
      fault = error
      cut.abort(error)
      throw error
    }
    onSent()
  }
  try {
    const { outcomes } = await api.zones.importZone(messages(), { signal: cut.signal })
    return outcomes[0]
  } catch (error) {
    throw fault ?? error
  }
}

async function reportImport(run: Run, outcome: ImportOutcome, { dryRun = false, wait }: ImportFlags): Promise<void> {
  const { changeId, effect, warnings, warningCount, rrCount } = outcome
  const more = Number(warningCount) - warnings.length
  await reportChange(
    run,
    {
      changeId,
      effects: effect ? [effect] : [],
      warnings,
      dryRun,
      json: { records: Number(rrCount), warningCount: Number(warningCount), errors: [], errorCount: 0 },
      fields: { read: count(rrCount, 'record'), 'more warnings': more > 0 ? groupDigits(more) : undefined },
    },
    wait,
  )
}

/** Every fault at its place, as compilers print them. */
async function reportRefusal(run: Run, outcome: ImportOutcome, { name, origins }: ZoneSource): Promise<void> {
  const { zone, errors, errorCount, warnings, warningCount, rrCount, code } = outcome
  const placed = errors.map((error) => {
    const place = error.line === 0 ? { file: name, line: 0, column: 0 } : origins.of(error)
    return { ...place, text: error.text, message: error.message, reason: error.reason }
  })
  for (const { message, text, ...place } of placed) {
    run.io.stderr.write(`${printable(`${placeText(place)}: ${message}${message.includes(text) ? '' : ` (${text})`}`)}\n`)
  }
  run.io.stderr.write(`zonectl: ${zone}: nothing was imported, ${count(errorCount, 'error')}${forceHint(placed)}\n`)
  run.endWith(exitCodeOf(new ConnectError('refused', code || Code.InvalidArgument)))
  if (run.format === 'table') return
  const counts = { records: Number(rrCount), warningCount: Number(warningCount), errors: placed, errorCount: Number(errorCount) }
  await run.emit({ changeId: null, dryRun: false, effects: [], warnings: warnings.map(warningJson), ...counts }, () => '')
}

function forceHint(errors: readonly { readonly reason: string }[]): string {
  return errors.some(({ reason }) => reason === 'MASS_DELETE') ? '; --force imports it all the same' : ''
}
