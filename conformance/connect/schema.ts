/** The schemas of the Connect conformance suite, as `compile-schemas.ts` compiled them. */
import { readFileSync } from 'node:fs'
import { create, createFileRegistry, type DescService, fromBinary, type Message, setExtension } from '@bufbuild/protobuf'
import type { GenMessage } from '@bufbuild/protobuf/codegenv2'
import { type Any, type FileDescriptorSet, FileDescriptorSetSchema, MethodOptionsSchema } from '@bufbuild/protobuf/wkt'
import { permission } from '@zonecast/contract/generated/zonecast/access/v1/permission_pb'
import { schemasVariable } from './compile-schemas.ts'

/** What our guard asks for: the suite's methods name no permission of their own. */
export const suitePermission = 'conformance.call'

const packageName = 'connectrpc.conformance.v1'

type Shape<Name extends string, Fields> = GenMessage<Message<`connectrpc.conformance.v1.${Name}`> & Fields>

export interface NamedValues {
  name: string
  value: string[]
}
export interface Failure {
  code: number
  message?: string
  details: Any[]
}
export interface Credentials {
  cert: Uint8Array
  key: Uint8Array
}
export interface UnaryDefinition {
  responseHeaders: NamedValues[]
  responseTrailers: NamedValues[]
  response:
    | { case: 'responseData'; value: Uint8Array }
    | { case: 'error'; value: Failure }
    | { case: undefined; value?: undefined }
  responseDelayMs: number
}
export interface StreamDefinition {
  responseHeaders: NamedValues[]
  responseTrailers: NamedValues[]
  responseData: Uint8Array[]
  responseDelayMs: number
  error?: Failure
}
export interface Info {
  requestHeaders: NamedValues[]
  timeoutMs?: bigint
  requests: Any[]
  connectGetInfo?: { queryParams: NamedValues[] }
}
export type CancelTiming =
  | { case: 'beforeCloseSend'; value: unknown }
  | { case: 'afterCloseSendMs' | 'afterNumResponses'; value: number }
  | { case: undefined; value?: undefined }

export interface Result {
  responseHeaders?: NamedValues[]
  responseTrailers?: NamedValues[]
  payloads?: { data: Uint8Array }[]
  error?: Failure
  numUnsentRequests?: number
}

const registry = createFileRegistry(withPermissions(readSchemas()))

export const ServerRequestSchema =
  schema<
    Shape<
      'ServerCompatRequest',
      { useTls: boolean; clientTlsCert: Uint8Array; messageReceiveLimit: number; serverCreds?: Credentials }
    >
  >('ServerCompatRequest')
export const ServerResponseSchema =
  schema<Shape<'ServerCompatResponse', { host: string; port: number; pemCert: Uint8Array }>>('ServerCompatResponse')
export const ClientRequestSchema = schema<
  Shape<
    'ClientCompatRequest',
    {
      testName: string
      host: string
      port: number
      serverTlsCert: Uint8Array
      clientTlsCreds?: Credentials
      messageReceiveLimit: number
      service?: string
      method?: string
      streamType: number
      compression: number
      requestHeaders: NamedValues[]
      requestMessages: Any[]
      timeoutMs?: number
      requestDelayMs: number
      cancel?: { cancelTiming: CancelTiming }
    }
  >
>('ClientCompatRequest')
export const ClientResponseSchema =
  schema<
    Shape<
      'ClientCompatResponse',
      { testName: string; result: { case: 'response'; value: Result } | { case: 'error'; value: { message: string } } }
    >
  >('ClientCompatResponse')
export const InfoSchema = schema<Shape<'ConformancePayload.RequestInfo', Info>>('ConformancePayload.RequestInfo')

/** A service of the suite by its full name; without one, the service that answers as it is told. */
export function serviceOf(name = `${packageName}.ConformanceService`): DescService {
  const service = registry.getService(name)
  if (!service) throw new Error(`the suite has no service ${name}`)
  return service
}

/** A message type by its full name. */
export function messageOf(name: string) {
  const found = registry.getMessage(name)
  if (!found) throw new Error(`the suite has no message ${name}`)
  return found
}

function schema<S>(name: string): S {
  return messageOf(`${packageName}.${name}`) as S
}

function readSchemas(): FileDescriptorSet {
  const path = process.env[schemasVariable]
  if (path === undefined)
    throw new Error(`${schemasVariable} must name the compiled schemas (conformance/connect/connect.test.ts makes them)`)
  return fromBinary(FileDescriptorSetSchema, readFileSync(path))
}

function withPermissions(files: FileDescriptorSet): FileDescriptorSet {
  for (const method of files.file.flatMap(({ service }) => service).flatMap(({ method: methods }) => methods)) {
    method.options ??= create(MethodOptionsSchema)
    setExtension(method.options, permission, suitePermission)
  }
  return files
}
