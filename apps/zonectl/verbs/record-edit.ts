/** `zonectl record set`, `add`, `remove` and `delete`: one step on one RRset. */
import { create } from '@bufbuild/protobuf'
import { type Change, ChangeSchema } from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
import type { EditFlags } from '../commands/define.ts'
import type { EditKind, RecordFlags } from '../commands/record.ts'
import { noteDoubledName, presentationValue } from '../names.ts'
import type { Run } from '../run.ts'
import { applyChanges } from './apply-changes.ts'

export async function recordEdit(
  run: Run,
  kind: EditKind,
  args: readonly string[],
  flags: RecordFlags & EditFlags,
): Promise<void> {
  const [zone = '', name = '', type = '', ...values] = args
  noteDoubledName(run, name, zone)
  await applyChanges(run, { zone, changes: [changeOf(kind, { name, type, values, ttl: flags.ttl })] }, flags)
}

interface Step {
  readonly name: string
  readonly type: string
  readonly values: readonly string[]
  readonly ttl: number | undefined
}

export function changeOf(kind: EditKind, { name, type, values, ttl }: Step): Change {
  if (kind === 'delete') return create(ChangeSchema, { operation: { case: 'delete', value: { name, type } } })
  const value = { name, type, values: values.map((text) => presentationValue(type, text)), ...(ttl !== undefined && { ttl }) }
  return create(ChangeSchema, { operation: { case: kind === 'set' ? 'put' : kind, value } })
}
