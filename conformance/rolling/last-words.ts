/** What a program says of its health until it is gone, as those who watch it hear it. */
import { type Client, Code, ConnectError } from '@connectrpc/connect'
import { type Health, HealthCheckResponse_ServingStatus as Status } from '@zonecast/contract/generated/grpc/health/v1/health_pb'
import { until } from '../lib/until.ts'

export interface LastWords {
  readonly said: readonly Status[]
  /** What the watch ends with. */
  readonly ended: Promise<Code>
}

/** Resolves once the program serves. */
export async function listenTo(name: string, health: Client<typeof Health>): Promise<LastWords> {
  const said: Status[] = []
  const listen = async (): Promise<Code> => {
    try {
      for await (const { status } of health.watch({ service: '' })) said.push(status)
    } catch (error) {
      return ConnectError.from(error).code
    }
    throw new Error(`${name} ended its health in silence`)
  }
  const ended = listen()
  ended.catch(() => {})
  await until(`${name} serves`, () => said.at(-1) === Status.SERVING)
  return { said, ended }
}
