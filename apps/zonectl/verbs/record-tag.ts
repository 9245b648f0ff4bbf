/** `zonectl record tag`: comment and tags of an RRset. */
import { create } from '@bufbuild/protobuf'
import { ChangeSchema } from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
import type { TagFlags } from '../commands/record.ts'
import { usageError } from '../failure.ts'
import type { Run } from '../run.ts'
import { parseTag } from '../values.ts'
import { applyChanges } from './apply-changes.ts'
import { tagMap } from './record-edit.ts'

export async function recordTag(run: Run, args: readonly string[], flags: TagFlags): Promise<void> {
  const [zone = '', name = '', type = '', ...tags] = args
  const { comment, remove = [], clear = false } = flags
  if (tags.length + remove.length === 0 && comment === undefined && !clear)
    throw usageError('no tag is named, no comment, and nothing to remove', ['zonectl record tag --help shows how'])
  const setTags = tagMap(tags.map(parseTag))
  const value = { name, type, setTags, removeTags: [...remove], clear, ...(comment !== undefined && { comment }) }
  await applyChanges(run, { zone, changes: [create(ChangeSchema, { operation: { case: 'note', value } })] }, flags)
}
