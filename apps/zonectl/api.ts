/** The way to the servers: one connection, a client for each service. */
import type { DescService } from '@bufbuild/protobuf'
import { type Client, Code, ConnectError } from '@connectrpc/connect'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { QuotaService } from '@zonecast/contract/generated/zonecast/access/v1/quota_service_pb'
import { AuditService } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { EdgeRegistryService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import { EdgeService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { SealService } from '@zonecast/contract/generated/zonecast/system/v1/seal_service_pb'
import { SystemService } from '@zonecast/contract/generated/zonecast/system/v1/system_service_pb'
import { TransferService } from '@zonecast/contract/generated/zonecast/transfer/v1/transfer_service_pb'
import { ChangeService } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { HistoryService } from '@zonecast/contract/generated/zonecast/zone/v1/history_service_pb'
import { LineageService } from '@zonecast/contract/generated/zonecast/zone/v1/lineage_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { SearchService } from '@zonecast/contract/generated/zonecast/zone/v1/search_service_pb'
import { TemplateService } from '@zonecast/contract/generated/zonecast/zone/v1/template_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcClient, createRpcTransport, isToken, type RpcClientOptions, type TLSFileNames, tlsFaultOf } from '@zonecast/rpc'
import { readFileSync } from 'node:fs'
import { CliError, EXIT, fileFault, unavailableError, usageError } from './failure.ts'

export interface Api {
  readonly url: string
  readonly zones: Client<typeof ZoneService>
  readonly templates: Client<typeof TemplateService>
  readonly records: Client<typeof RecordService>
  readonly history: Client<typeof HistoryService>
  readonly search: Client<typeof SearchService>
  readonly audit: Client<typeof AuditService>
  readonly lineage: Client<typeof LineageService>
  readonly system: Client<typeof SystemService>
  readonly changes: Client<typeof ChangeService>
  readonly registry: Client<typeof EdgeRegistryService>
  readonly edge: Client<typeof EdgeService>
  readonly access: Client<typeof AccessService>
  readonly quotas: Client<typeof QuotaService>
  readonly transfer: Client<typeof TransferService>
  readonly seals: Client<typeof SealService>
  close(): void
}

export interface ConnectOptions {
  readonly url: string
  /** A file with a token, or a name and a file with its password; neither where a certificate says it. */
  readonly tokenFile?: string | undefined
  readonly username?: string | undefined
  readonly passwordFile?: string | undefined
  /** Files, for servers over TLS. */
  readonly tls?: TLSFileNames
  readonly timeoutMs?: number
  readonly allowInsecure?: boolean
}

export function connect({ url, tls, timeoutMs, allowInsecure, ...who }: ConnectOptions): Api {
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw usageError(`${url} is no address of a server: write http://HOST:PORT or https://…`)
  const options: RpcClientOptions = {
    url,
    ...credentialFrom(who),
    ...(tls && { tls }),
    // Who says how long to wait waits for a server that is away, too.
    ...(timeoutMs && { timeoutMs, retries: { untilReached: true } }),
    ...(allowInsecure && { allowInsecure }),
  }
  const transport = createRpcTransport(options)
  const client = <Service extends DescService>(service: Service) => createRpcClient(service, transport)
  return {
    url,
    zones: client(ZoneService),
    templates: client(TemplateService),
    records: client(RecordService),
    history: client(HistoryService),
    search: client(SearchService),
    audit: client(AuditService),
    lineage: client(LineageService),
    system: client(SystemService),
    changes: client(ChangeService),
    registry: client(EdgeRegistryService),
    edge: client(EdgeService),
    access: client(AccessService),
    quotas: client(QuotaService),
    transfer: client(TransferService),
    seals: client(SealService),
    close: () => transport.close(),
  }
}

/** Says which server is away: gRPC's own message names a system call. */
export function explain(error: unknown, url: string): unknown {
  if (!(error instanceof ConnectError) || error.code !== Code.Unavailable || tlsFaultOf(error)) return error
  // What comes with details was said by a server, which is there.
  if (error.details.length > 0) return error
  if (
    !/ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ETIMEDOUT|connect/i.test(String(error.cause ?? error.rawMessage))
  )
    return error
  const running = 'is the system running? "npx zonectl up" starts it'
  // A server that is spoken to in another way than its own hangs up.
  const lost = url.startsWith('http:') && /lost|closed|ECONNRESET/.test(error.rawMessage)
  const speaking = `does it speak TLS? then its address is ${url.replace('http:', 'https:')}`
  return unavailableError(`nothing answers at ${url} (${error.rawMessage})`, lost ? [running, speaking] : [running])
}

/** Read at once, so that a file that is not there is a mistake of usage. */
function credentialFrom({ tokenFile, username, passwordFile }: Pick<ConnectOptions, 'tokenFile' | 'username' | 'passwordFile'>) {
  if (username === undefined || passwordFile === undefined) return tokenFile === undefined ? {} : { token: readToken(tokenFile) }
  const password = readText(passwordFile, 'the password').replace(/\r?\n$/, '')
  if (password === '') throw new CliError(`the password file ${passwordFile} is empty`, EXIT.notAllowed)
  return { username, passwordFile }
}

function readToken(file: string): string {
  const token = readText(file, 'the credential').trim()
  if (token === '') throw new CliError(`the credential file ${file} is empty`, EXIT.notAllowed)
  // What no header field can carry would fail on its way, and nobody would hear why.
  if (isToken(token)) return token
  const way = 'name another, or have a token made: "zonectl access token create PRINCIPAL --out FILE"'
  throw new CliError(`the credential file ${file} holds no token, which is one word such as zc_…`, EXIT.notAllowed, [way])
}

function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw usageError(`${what} in ${file} cannot be read: ${fileFault(error)}`)
  }
}
