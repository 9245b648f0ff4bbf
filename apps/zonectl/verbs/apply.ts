/** `zonectl apply`: a change set from a file, over one zone or several. */
import { fromJson, type JsonValue } from '@bufbuild/protobuf'
import {
  type ApplyChangeSetsRequest,
  ApplyChangeSetsRequestSchema,
  type ApplyChangesRequest,
  ApplyChangesRequestSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { readFile } from 'node:fs/promises'
import { text as readStream } from 'node:stream/consumers'
import { parseDocument } from 'yaml'
import type { EditFlags } from '../commands/define.ts'
import { CliError, fileFault, usageError } from '../failure.ts'
import type { Run } from '../run.ts'
import { applyChanges, applyChangeSets } from './apply-changes.ts'

export async function apply(run: Run, [file = '']: string[], flags: EditFlags): Promise<void> {
  const name = file === '-' ? 'standard input' : file
  const request = readChangeSet(name, file === '-' ? await readStream(run.io.stdin) : await readText(file))
  const asked = { ...flags, dryRun: flags.dryRun || request.dryRun, force: flags.force || request.force }
  await ('sets' in request ? applyChangeSets(run, request, asked) : applyChanges(run, request, asked))
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw usageError(`${file} cannot be read: ${fileFault(error)}`)
  }
}

/**
 * A file holds an `ApplyChangesRequest` in the JSON form of protobuf, or an `ApplyChangeSetsRequest` where it has `sets`; YAML is another
 * way to write JSON.
 */
export function readChangeSet(name: string, text: string): ApplyChangesRequest | ApplyChangeSetsRequest {
  const document = parseDocument(text, { prettyErrors: true })
  const [fault] = document.errors
  if (fault) throw new CliError(`${name} is neither YAML nor JSON: ${fault.message}`)
  try {
    const value = document.toJS() as JsonValue
    refuseVersionZero(value)
    if (typeof value === 'object' && value !== null && 'sets' in value)
      return setsOf(fromJson(ApplyChangeSetsRequestSchema, value))
    const request = fromJson(ApplyChangesRequestSchema, value)
    if (request.zone === '' || request.changes.length === 0) throw new Error('it names no zone, or holds no changes')
    return request
  } catch (error) {
    const message = (error as Error).message.replace(/cannot decode message zonecast\.zone\.v1\.(\w+) from JSON: /g, '$1: ')
    throw new CliError(`${name} is no change set: ${message}`, 1, ['zonectl apply --help shows one'])
  }
}

/** The API takes it for no precondition, and whoever writes one wants one. */
function refuseVersionZero(value: JsonValue): void {
  const { sets = [], ...own } = (value ?? {}) as { sets?: unknown; precondition?: unknown }
  for (const set of [own, ...(Array.isArray(sets) ? sets : [])]) {
    const { version } = ((set as typeof own)?.precondition ?? {}) as { version?: unknown }
    if (version !== undefined && Number(version) === 0) throw new Error('precondition.version is 0; versions begin at 1')
  }
}

function setsOf(request: ApplyChangeSetsRequest): ApplyChangeSetsRequest {
  if (request.sets.length === 0 || request.sets.some(({ zone, changes }) => zone === '' || changes.length === 0))
    throw new Error('a set names no zone, or holds no changes')
  return request
}
