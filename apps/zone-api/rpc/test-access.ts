/** A zone API with some zones, and people who hold grants there, for tests. */
import type { DescService } from '@bufbuild/protobuf'
import { type Client, ConnectError } from '@connectrpc/connect'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { PrincipalKind } from '@zonecast/contract/generated/zonecast/access/v1/principal_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcClient, reasonsOf } from '@zonecast/rpc'
import { strict as assert } from 'node:assert'
import { startTestServer } from './test-server.ts'

export const nameServers = ['ns.example.net.']
export const zone = 'example.org.'

type Spec = NonNullable<NonNullable<Parameters<Client<typeof AccessService>['createPrincipal']>[0]['grants']>[0]>

export type TestAccess = Awaited<ReturnType<typeof openTestAccess>>

export async function openTestAccess() {
  const server = await startTestServer()
  const access = server.client(AccessService)
  for (const name of [zone, 'a.example.', 'team.example.', 'b.team.example.', 'c.team.example.', 'z.example.'])
    await server.client(ZoneService).createZone({ zone: name, nameServers })
  return {
    server,
    /** As an administrator. */
    access,
    /** A new person's token. */
    async person(name: string, ...grants: Spec[]): Promise<string> {
      await access.createPrincipal({ name, kind: PrincipalKind.PERSON, grants })
      return (await access.createCredential({ principal: name, secret: { case: 'token', value: {} } })).token
    },
    as<Service extends DescService>(token: string, service: Service): Client<Service> {
      return createRpcClient(service, server.transport(token))
    },
  }
}

export async function refusal(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => assert.fail('the call was not refused'),
    (error: unknown) => ConnectError.from(error),
  )
}

export async function reasonOf(call: Promise<unknown>): Promise<string> {
  return reasonsOf(await refusal(call)).join()
}

export const put = (name: string, type: string, ...values: string[]) =>
  ({ operation: { case: 'put', value: { name, type, ttl: 60, values } } }) as const
