/** gRPC server reflection, v1 and v1alpha: what grpcurl and its like ask for. */
import { create, createRegistry, type DescFile, type DescService, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter } from '@connectrpc/connect'
import * as v1 from '@zonecast/contract/generated/grpc/reflection/v1/reflection_pb'
import * as v1alpha from '@zonecast/contract/generated/grpc/reflection/v1alpha/reflection_pb'
import { ErrorInfoSchema } from './error-details.ts'

export const reflectionServices: readonly DescService[] = [v1.ServerReflection, v1alpha.ServerReflection]

type Request = v1.ServerReflectionRequest
type Answer = NonNullable<MessageInitShape<typeof v1.ServerReflectionResponseSchema>['messageResponse']>

/** Answers from the descriptors of `services` and of everything they import. */
export function registerReflection(router: ConnectRouter, services: readonly DescService[]): void {
  const all = [...services, ...reflectionServices]
  const answer = answerFrom(all)
  // v1 and v1alpha differ in their package alone; fields and numbers are the same.
  async function* serverReflectionInfo(requests: AsyncIterable<Request>) {
    const sent = new Set<string>()
    for await (const request of requests) {
      yield create(v1.ServerReflectionResponseSchema, {
        validHost: request.host,
        originalRequest: request,
        messageResponse: answer(request.messageRequest, sent),
      })
    }
  }
  async function* alphaReflectionInfo(requests: AsyncIterable<v1alpha.ServerReflectionRequest>) {
    const same = requests as unknown as AsyncIterable<Request>
    for await (const { validHost, originalRequest, messageResponse } of serverReflectionInfo(same)) {
      const value = { validHost, originalRequest: retyped(originalRequest), messageResponse }
      yield create(v1alpha.ServerReflectionResponseSchema, value as never)
    }
  }
  router.service(v1.ServerReflection, { serverReflectionInfo })
  router.service(v1alpha.ServerReflection, { serverReflectionInfo: alphaReflectionInfo })
}

function retyped(request: Request | undefined) {
  return (
    request &&
    create(v1alpha.ServerReflectionRequestSchema, { host: request.host, messageRequest: request.messageRequest as never })
  )
}

function answerFrom(services: readonly DescService[]) {
  const files = new Map<string, DescFile>()
  const walk = (file: DescFile): void => {
    if (files.has(file.proto.name)) return
    files.set(file.proto.name, file)
    file.dependencies.forEach(walk)
  }
  for (const { file } of services) walk(file)
  // Clients look up what the details of our errors are made of.
  walk(ErrorInfoSchema.file)
  const registry = createRegistry(...files.values())
  /** The file of a symbol; methods, fields and enum values are looked up by their parent. */
  const fileOf = (symbol: string): DescFile | undefined =>
    (registry.get(symbol) ?? registry.get(symbol.slice(0, Math.max(0, symbol.lastIndexOf('.')))))?.file

  return (question: Request['messageRequest'], sent: Set<string>): Answer => {
    switch (question.case) {
      case 'listServices':
        return { case: 'listServicesResponse', value: { service: services.map(({ typeName }) => ({ name: typeName })) } }
      case 'fileByFilename':
        return fileAnswer(files.get(question.value), sent, question.value)
      case 'fileContainingSymbol':
        return fileAnswer(fileOf(question.value), sent, question.value)
      case 'fileContainingExtension': {
        const { containingType, extensionNumber } = question.value
        const extendee = registry.getMessage(containingType)
        const extension = extendee && registry.getExtensionFor(extendee, extensionNumber)
        return fileAnswer(extension?.file, sent, `${containingType}#${extensionNumber}`)
      }
      case 'allExtensionNumbersOfType': {
        if (!registry.getMessage(question.value)) return errorAnswer(Code.NotFound, `${question.value} is not known`)
        const extensions = [...registry].filter((type) => type.kind === 'extension' && type.extendee.typeName === question.value)
        const extensionNumber = extensions.map((type) => (type.kind === 'extension' ? type.number : 0))
        return { case: 'allExtensionNumbersResponse', value: { baseTypeName: question.value, extensionNumber } }
      }
      default:
        return errorAnswer(Code.InvalidArgument, 'the request asks for nothing')
    }
  }
}

/** The file first, then its imports: grpcurl needs them all. What this stream has sent already is left out. */
function fileAnswer(file: DescFile | undefined, sent: Set<string>, wanted: string): Answer {
  if (!file) return errorAnswer(Code.NotFound, `${wanted} is not known`)
  const fileDescriptorProto: Uint8Array[] = []
  const add = (next: DescFile) => {
    if (next !== file && sent.has(next.proto.name)) return
    sent.add(next.proto.name)
    fileDescriptorProto.push(toBinary(FileDescriptorProtoSchema, next.proto))
    next.dependencies.forEach(add)
  }
  add(file)
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto } }
}

function errorAnswer(errorCode: Code, errorMessage: string): Answer {
  return { case: 'errorResponse', value: { errorCode, errorMessage } }
}
