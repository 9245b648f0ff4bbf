/** Where a started system is reached, in words and as JSON. */
import { basename, dirname, join, relative } from 'node:path'
import { type Context, defaultDataFolder } from '../context.ts'
import { fields } from '../output/table.ts'
import type { Certificates } from './certificates.ts'
import type { DataFolder } from './data-folder.ts'
import { edgeName, type Ready } from './parts.ts'

export interface Endpoints {
  readonly context: Context
  readonly json: Readonly<Record<string, unknown>>
}

export function endpointsOf(
  folder: DataFolder,
  started: ReadonlyMap<string, Ready>,
  certificates: Certificates | undefined,
): Endpoints {
  const of = (name: string) => started.get(name) as Ready
  const tokenFile = join(basename(folder.credentials), 'administrator.token')
  const { url, dns = [] } = of(edgeName)
  const edges = [{ edgeId: edgeName, url, dns }]
  const files = certificates && { caFile: certificates.caFile, ...certificates.of('administrator') }
  const within = (file: string) => relative(folder.path, file)
  const tls = files && { caFile: within(files.caFile), certFile: within(files.certFile), keyFile: within(files.keyFile) }
  const context = { server: of('zone-api').url, tokenFile, publisher: of('publisher').url, ...(tls && { tls }), edges }
  const json = {
    status: 'ready',
    found: folder.wasThere,
    data: folder.path,
    logs: folder.logs,
    ...context,
    tokenFile: join(dirname(folder.credentials), tokenFile),
    ...(files && { tls: files }),
  }
  return { context, json }
}

/** Ends in the word that scripts wait for. */
export function endpointsText({ context, json }: Endpoints, folder: string): string {
  const { server, publisher, edges } = context
  const [edge] = edges
  const [dns] = edge?.dns ?? []
  const data = folder === defaultDataFolder ? '' : ` --data ${folder}`
  const lines = fields({
    'zone API': `${server}  (gRPC, gRPC-Web and Connect on one port)`,
    publisher,
    [edge?.edgeId ?? 'edge']: `${edge?.url}, DNS on ${edge?.dns.map(({ host, port }) => `${host} port ${port}`).join(' and ')}`,
    credential: String(json['tokenFile']),
    ...(context.tls && {
      authority: `${join(folder, context.tls.caFile)}  (TLS everywhere; the publisher asks for certificates, too)`,
    }),
    logs: String(json['logs']),
  })
  const zonectl = `npx zonectl`
  return `${lines}
Try in another terminal:
  ${zonectl} zone create example.org --ns ns1.dns.example${data}
  ${zonectl} record set example.org www A 192.0.2.1 --wait${data}
  ${zonectl} query www.example.org${data}
  dig @${dns?.host ?? '127.0.0.1'} -p ${dns?.port ?? 5300} www.example.org

ready
`
}
