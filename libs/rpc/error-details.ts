/** The messages of google/rpc/error_details.proto that our errors carry. */
import { create, createFileRegistry, type DescMessage, type Message, type Registry } from '@bufbuild/protobuf'
import type { GenMessage } from '@bufbuild/protobuf/codegenv2'
import {
  type Duration,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
  file_google_protobuf_duration,
} from '@bufbuild/protobuf/wkt'

export interface FieldViolation {
  field: string
  description: string
  reason: string
}
export interface PreconditionViolation {
  type: string
  subject: string
  description: string
}
export interface QuotaViolation {
  subject: string
  description: string
}
type Detail<Name extends string, Values> = GenMessage<Message<`google.rpc.${Name}`> & Values>

/** A message's fields by number: a name, `map` for text to text, or what a message is made of. */
type Fields = Record<number, [name: string, kind: 'text' | 'map' | 'duration' | { each: Record<number, string> }]>

const layout: Record<string, Fields> = {
  BadRequest: { 1: ['field_violations', { each: { 1: 'field', 2: 'description', 3: 'reason' } }] },
  PreconditionFailure: { 1: ['violations', { each: { 1: 'type', 2: 'subject', 3: 'description' } }] },
  QuotaFailure: { 1: ['violations', { each: { 1: 'subject', 2: 'description' } }] },
  ErrorInfo: { 1: ['reason', 'text'], 2: ['domain', 'text'], 3: ['metadata', 'map'] },
  ResourceInfo: { 1: ['resource_type', 'text'], 2: ['resource_name', 'text'], 3: ['owner', 'text'], 4: ['description', 'text'] },
  RetryInfo: { 1: ['retry_delay', 'duration'] },
  RequestInfo: { 1: ['request_id', 'text'], 2: ['serving_data', 'text'] },
}

/**
 * The schema is written down here because no package brings it; only names, numbers and types of fields matter on the wire, and
 * they are those of google/rpc/error_details.proto.
 */
const registry = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: 'google/rpc/error_details.proto',
    package: 'google.rpc',
    syntax: 'proto3',
    dependency: ['google/protobuf/duration.proto'],
    messageType: Object.entries(layout).map(([name, fields]) => messageOf(name, fields)),
  }),
  () => file_google_protobuf_duration,
)

/** For clients that read our errors, and for reflection. */
export const errorDetails: Registry = registry

export const BadRequestSchema = schema<Detail<'BadRequest', { fieldViolations: FieldViolation[] }>>('BadRequest')
export const PreconditionFailureSchema =
  schema<Detail<'PreconditionFailure', { violations: PreconditionViolation[] }>>('PreconditionFailure')
export const QuotaFailureSchema = schema<Detail<'QuotaFailure', { violations: QuotaViolation[] }>>('QuotaFailure')
export const ErrorInfoSchema =
  schema<Detail<'ErrorInfo', { reason: string; domain: string; metadata: Record<string, string> }>>('ErrorInfo')
export const ResourceInfoSchema =
  schema<Detail<'ResourceInfo', { resourceType: string; resourceName: string; owner: string; description: string }>>(
    'ResourceInfo',
  )
export const RetryInfoSchema = schema<Detail<'RetryInfo', { retryDelay?: Duration }>>('RetryInfo')
export const RequestInfoSchema = schema<Detail<'RequestInfo', { requestId: string; servingData: string }>>('RequestInfo')

function schema<Schema extends DescMessage>(name: string): Schema {
  return registry.getMessage(`google.rpc.${name}`) as unknown as Schema
}

function messageOf(name: string, fields: Fields) {
  const nested: { name: string; field: object[]; options?: object }[] = []
  const field = Object.entries(fields).map(([number, [fieldName, kind]]) => {
    const common = named(fieldName, number)
    if (kind === 'text') return { ...common, type: Type.STRING }
    if (kind === 'duration') return { ...common, type: Type.MESSAGE, typeName: '.google.protobuf.Duration' }
    const inner = kind === 'map' ? 'MetadataEntry' : name === 'BadRequest' ? 'FieldViolation' : 'Violation'
    const texts = kind === 'map' ? { 1: 'key', 2: 'value' } : kind.each
    nested.push({
      name: inner,
      field: Object.entries(texts).map(([n, text]) => ({ ...named(text, n), type: Type.STRING })),
      ...(kind === 'map' && { options: { mapEntry: true } }),
    })
    return { ...common, label: Label.REPEATED, type: Type.MESSAGE, typeName: `.google.rpc.${name}.${inner}` }
  })
  return { name, field, nestedType: nested }
}

/** The name in JSON is what `protoc` would add: without it each field is written under the empty name. */
function named(name: string, number: string) {
  const jsonName = name.replaceAll(/_[a-z]/g, (text) => text[1]!.toUpperCase())
  return { name, jsonName, number: Number(number), label: Label.OPTIONAL }
}
