/** The schema of what is encoded: the seed's message with five fields, and a zone with a message an RR. */
import { createFileRegistry, type DescMessage, fromJson } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'

const optional = 'LABEL_OPTIONAL'
const field = (name: string, number: number, type: string, more: object = {}) => ({
  name,
  number,
  type,
  label: optional,
  ...more,
})

const file = {
  name: 'bench/codec.proto',
  package: 'bench',
  syntax: 'proto3',
  messageType: [
    {
      name: 'Sample',
      field: [
        field('name', 1, 'TYPE_STRING'),
        field('number', 2, 'TYPE_INT64'),
        field('ratio', 3, 'TYPE_FLOAT'),
        field('flag', 4, 'TYPE_BOOL'),
        field('data', 5, 'TYPE_BYTES'),
      ],
    },
    {
      name: 'Record',
      field: [
        field('name', 1, 'TYPE_STRING'),
        field('type', 2, 'TYPE_STRING'),
        field('ttl', 3, 'TYPE_UINT32'),
        field('data', 4, 'TYPE_STRING'),
      ],
    },
    {
      name: 'Zone',
      field: [field('records', 1, 'TYPE_MESSAGE', { label: 'LABEL_REPEATED', typeName: '.bench.Record' })],
    },
  ],
}

const registry = createFileRegistry(fromJson(FileDescriptorSetSchema, { file: [file] }))
const message = (name: string): DescMessage => {
  const found = registry.getMessage(`bench.${name}`)
  if (found === undefined) throw new Error(`the schema has no ${name}`)
  return found
}

export const SampleSchema = message('Sample')
export const ZoneSchema = message('Zone')

/** The seed's message. In JSON the octets are base64, as Go's encoder writes them. */
export interface Sample {
  readonly name: string
  readonly number: bigint
  readonly ratio: number
  readonly flag: boolean
  readonly data: Uint8Array
}

/** Alphanumeric text that no compressor can guess. */
function text(length: number): string {
  let state = length
  const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0)
  return Array.from({ length }, () => ((next() >>> 16) % 36).toString(36)).join('')
}

const sample = (characters: number, number: bigint, ratio: number, octets: number): Sample => ({
  name: text(characters),
  number,
  ratio,
  flag: true,
  data: Buffer.from(text(octets)),
})

/** The three sizes of the post. */
export const samples = {
  small: sample(5, 10n, 10, 20),
  medium: sample(60, 10n, 10, 200),
  large: sample(150, 1_051_251_251n, 10_888_512.2, 2785),
}
