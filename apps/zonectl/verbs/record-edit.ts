/** `zonectl record set`, `add`, `remove` and `delete`: one step on one RRset. */
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { type Change, ChangeSchema, type NoteSchema } from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
import type { EditFlags } from '../commands/define.ts'
import type { EditKind, RecordFlags } from '../commands/record.ts'
import { noteDoubledName, presentationValue } from '../names.ts'
import type { Run } from '../run.ts'
import type { Tag } from '../values.ts'
import { applyChanges } from './apply-changes.ts'

export async function recordEdit(
  run: Run,
  kind: EditKind,
  args: readonly string[],
  flags: RecordFlags & EditFlags,
): Promise<void> {
  const [zone = '', name = '', type = '', ...values] = args
  noteDoubledName(run, name, zone)
  await applyChanges(run, { zone, changes: [changeOf(kind, { name, type, values, ttl: flags.ttl, note: noteOf(flags) })] }, flags)
}

interface Step {
  readonly name: string
  readonly type: string
  readonly values: readonly string[]
  readonly ttl: number | undefined
  readonly note: MessageInitShape<typeof NoteSchema> | undefined
}

/** What is named is all that the RRset has then; nothing named leaves it as it is. */
function noteOf({ comment, tag }: RecordFlags): Step['note'] {
  return comment === undefined && tag === undefined ? undefined : { comment: comment ?? '', tags: tagMap(tag ?? []) }
}

export function tagMap(tags: readonly Tag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ tag, value = '' }) => [tag, value]))
}

export function changeOf(kind: EditKind, { name, type, values, ttl, note }: Step): Change {
  if (kind === 'delete') return create(ChangeSchema, { operation: { case: 'delete', value: { name, type } } })
  const value = {
    name,
    type,
    values: values.map((text) => presentationValue(type, text)),
    ...(ttl !== undefined && { ttl }),
    ...(note && { note }),
  }
  return create(ChangeSchema, { operation: { case: kind === 'set' ? 'put' : kind, value } })
}
