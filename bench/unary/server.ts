/** One server as a process of its own: `zonecast` or `grpc-js`; prints its port. */
import { create, fromBinary, toBinary, type DescMethod, type Message } from '@bufbuild/protobuf'
import { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import {
  type ExportZoneRequest,
  type GetZoneRequest,
  type ImportZoneRequest,
  ZoneService,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcServer, principalOfRole } from '@zonecast/rpc'
import { createLogger, createMetrics } from '@zonecast/runtime'
import * as grpc from '@grpc/grpc-js'
import { exportZone, getZone, importZone, methods } from './work.ts'

const start: Readonly<Record<string, () => Promise<number>>> = { zonecast: ours, 'grpc-js': grpcJs }
console.log(await start[process.argv[2] ?? 'zonecast']!())

/** With everything on that our programs have: guard, validation, deadline, metrics. */
async function ours(): Promise<number> {
  const principal = principalOfRole('bench', 'administrator')
  const server = createRpcServer({
    services: [ZoneService, ContentService],
    guard: {
      authenticate: (shown) => (shown.kind === 'token' && shown.token === 'zc_bench' ? principal : undefined),
    },
    log: createLogger({ app: 'bench', level: 'error' }),
    metrics: createMetrics('bench'),
    routes(router) {
      router.service(ZoneService, {
        getZone,
        importZone,
        async *exportZone(request) {
          yield* exportZone(request)
        },
      })
      router.service(ContentService, {
        async *fetch(wants) {
          for await (const { want } of wants) yield { want }
        },
      })
    },
  })
  return (await server.listen({ host: '127.0.0.1', port: 0 })).port
}

/** The same handlers and the same messages, with nothing around them. */
async function grpcJs(): Promise<number> {
  const server = new grpc.Server()
  server.addService(definition(methods.unary), {
    GetZone: ((call, done) => done(null, getZone(call.request))) satisfies grpc.handleUnaryCall<GetZoneRequest, object>,
  })
  server.addService(definition(methods.serverStream), {
    async ExportZone(call: grpc.ServerWritableStream<ExportZoneRequest, object>) {
      for (const message of exportZone(call.request)) {
        if (!call.write(message)) await new Promise((resolve) => call.once('drain', resolve))
      }
      call.end()
    },
  })
  server.addService(definition(methods.clientStream), {
    async ImportZone(call: grpc.ServerReadableStream<ImportZoneRequest, object>, done: grpc.sendUnaryData<object>) {
      done(null, await importZone(call))
    },
  })
  server.addService(definition(methods.bidi), {
    Fetch(call: grpc.ServerDuplexStream<{ want: bigint }, object>) {
      call.on('data', ({ want }) => call.write({ want })).on('end', () => call.end())
    },
  })
  return new Promise((resolve, reject) => {
    const ready = (error: Error | null, port: number) => (error ? reject(error) : resolve(port))
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), ready)
  })
}

function definition(method: DescMethod): grpc.ServiceDefinition<Record<string, never>> {
  const { input, output } = method
  return {
    [method.name]: {
      path: `/${method.parent.typeName}/${method.name}`,
      requestStream: method.methodKind === 'bidi_streaming' || method.methodKind === 'client_streaming',
      responseStream: method.methodKind === 'bidi_streaming' || method.methodKind === 'server_streaming',
      requestSerialize: (message: Message) => Buffer.from(toBinary(input, message)),
      requestDeserialize: (octets: Buffer) => fromBinary(input, octets),
      responseSerialize: (message: Record<string, unknown>) => Buffer.from(toBinary(output, create(output, message))),
      responseDeserialize: (octets: Buffer) => fromBinary(output, octets),
    },
  }
}
