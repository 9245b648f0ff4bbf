/** Makes `vendor/`: third-party schemas for buf, taken from packages that npm already brought. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { file_buf_validate_validate as validateFile } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js'
import type { DescriptorProto, EnumDescriptorProto, FieldDescriptorProto } from '@bufbuild/protobuf/wkt'

const scalarNames: Readonly<Record<number, string>> = {
  1: 'double',
  2: 'float',
  3: 'int64',
  4: 'uint64',
  5: 'int32',
  6: 'fixed64',
  7: 'fixed32',
  8: 'bool',
  9: 'string',
  12: 'bytes',
  13: 'uint32',
  15: 'sfixed32',
  16: 'sfixed64',
  17: 'sint32',
  18: 'sint64',
}
const labelNames: Readonly<Record<number, string>> = { 1: 'optional', 2: 'required', 3: 'repeated' }

const typeOf = (field: FieldDescriptorProto) => field.typeName || scalarNames[field.type]
const plainField = (field: FieldDescriptorProto) => `${labelNames[field.label]} ${typeOf(field)} ${field.name} = ${field.number};`
const isInOneof = (field: FieldDescriptorProto) => Object.hasOwn(field, 'oneofIndex')

function printEnum(value: EnumDescriptorProto): string[] {
  return [`enum ${value.name} {`, ...value.value.map((v) => `${v.name} = ${v.number};`), '}']
}

function printRanges(ranges: readonly { start: number; end: number }[]): string {
  return ranges.map((range) => `${range.start} to ${range.end > 536_870_911 ? 'max' : range.end - 1}`).join(', ')
}

function printMessage(message: DescriptorProto): string[] {
  const oneofs = message.oneofDecl.flatMap((oneof, index) => [
    `oneof ${oneof.name} {`,
    ...message.field
      .filter((field) => isInOneof(field) && field.oneofIndex === index)
      .map((field) => `${typeOf(field)} ${field.name} = ${field.number};`),
    '}',
  ])
  return [
    `message ${message.name} {`,
    ...message.enumType.flatMap(printEnum),
    ...message.nestedType.flatMap(printMessage),
    ...message.field.filter((field) => !isInOneof(field)).map(plainField),
    ...oneofs,
    ...(message.extensionRange.length > 0 ? [`extensions ${printRanges(message.extensionRange)};`] : []),
    ...(message.reservedRange.length > 0 ? [`reserved ${printRanges(message.reservedRange)};`] : []),
    ...(message.reservedName.length > 0
      ? [`reserved ${message.reservedName.map((name) => JSON.stringify(name)).join(', ')};`]
      : []),
    '}',
  ]
}

/** `validate.proto` as its own descriptor tells it: types only, which is all that buf needs to resolve the options. */
function printValidate(): string {
  const file = validateFile.proto
  return [
    `syntax = "${file.syntax || 'proto2'}";`,
    `package ${file.package};`,
    ...file.dependency.map((path) => `import "${path}";`),
    ...file.enumType.flatMap(printEnum),
    ...file.messageType.flatMap(printMessage),
    ...file.extension.flatMap((extension) => [`extend ${extension.extendee} {`, plainField(extension), '}']),
    '',
  ].join('\n')
}

rmSync('vendor', { recursive: true, force: true })
mkdirSync('vendor/protovalidate/buf/validate', { recursive: true })
writeFileSync('vendor/protovalidate/buf/validate/validate.proto', printValidate())
mkdirSync('vendor/grpc/grpc/health/v1', { recursive: true })
cpSync('node_modules/grpc-health-check/proto/health/v1/health.proto', 'vendor/grpc/grpc/health/v1/health.proto')
for (const version of ['v1', 'v1alpha']) {
  const path = `grpc/reflection/${version}/reflection.proto`
  mkdirSync(`vendor/grpc/grpc/reflection/${version}`, { recursive: true })
  cpSync(`node_modules/@grpc/reflection/build/proto/${path}`, `vendor/grpc/${path}`)
}
