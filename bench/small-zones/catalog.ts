/** Many zones from one catalog zone (RFC 9432): BIND and Knot as primary and secondary. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bindOptions, startNamed } from '../lib/peers/bind.ts'
import { controlConfig, controller } from '../lib/peers/control.ts'
import { knotServer, startKnot } from '../lib/peers/knot.ts'
import { freePort } from '../../conformance/lib/free-port.ts'
import type { Server } from '../lib/peers/server.ts'
import { sendUpdate } from '../lib/peers/update-client.ts'
import { versionOf } from '../lib/peers/versions.ts'

export interface CatalogPair {
  readonly system: string
  readonly servers: readonly Server[]
  readonly secondary: Server
  /** Makes the zones at the primary, whose zone files are there, and enters them in the catalog. */
  create(): Promise<void>
}

export interface SmallZone {
  readonly name: string
  readonly text: string
}

const catalog = 'catalog.invalid.'
const catalogText = `$ORIGIN ${catalog}
@ 60 IN SOA invalid. invalid. 1 60 60 86400 60
@ 60 IN NS invalid.
version 60 IN TXT "2"
`
/** Entries of the catalog in one UPDATE. */
const perUpdate = 400

export async function startBindCatalog(folder: string, zones: readonly SmallZone[]): Promise<CatalogPair> {
  const [port, secondaryPort, controlPort] = [await freePort(), await freePort(), await freePort()]
  const [own, other] = makeFolders(folder, zones)
  const fast =
    'notify-delay 0; notify-rate 10000; startup-notify-rate 10000; serial-query-rate 10000; transfers-in 200; transfers-out 200; transfers-per-ns 200; tcp-clients 1000;'
  const options = bindOptions(own, port, fast).replace('controls { };\n', '') + controlConfig(controlPort)
  const notified = `also-notify { 127.0.0.1 port ${secondaryPort}; };`
  const catalogZone = `zone "${catalog}" { type primary; file "${catalog}zone"; allow-update { 127.0.0.1; }; ${notified} };\n`
  const members = zones.map(({ name }) => `zone "${name}" { type primary; file "${name}zone"; ${notified} };\n`).join('')
  const primary = await startNamed(own, port, options + catalogZone)
  const primaries = `{ 127.0.0.1 port ${port}; }`
  const secondary = await startNamed(
    other,
    secondaryPort,
    bindOptions(
      other,
      secondaryPort,
      `${fast} catalog-zones { zone "${catalog}" default-primaries ${primaries} min-update-interval 0s; };`,
    ) + `zone "${catalog}" { type secondary; file "${catalog}zone"; primaries ${primaries}; };\n`,
  )
  await ready(primary, secondary)
  const rndc = controller(own, controlPort)
  return {
    system: await versionOf('BIND'),
    servers: [primary, secondary],
    secondary,
    create: async () => {
      writeFileSync(join(own, 'named.conf'), options + catalogZone + members)
      await rndc('reconfig')
      await enter(primary, zones)
    },
  }
}

export async function startKnotCatalog(folder: string, zones: readonly SmallZone[]): Promise<CatalogPair> {
  const [port, secondaryPort] = [await freePort(), await freePort()]
  const [own, other] = makeFolders(folder, zones)
  const acl = (action: string) => `acl:\n  - id: all\n    address: 127.0.0.1\n    action: [ ${action} ]\n`
  const remote = (to: number) => `remote:\n  - id: other\n    address: 127.0.0.1@${to}\n`
  const template = (lines: string) => `    file: "%s.zone"\n    zonefile-sync: -1\n    semantic-checks: off\n${lines}`
  const withTemplates = (text: string, lines: string) =>
    text.replace(
      /template:\n {2}- id: default\n(.*\n)/,
      (_, storage: string) => `template:\n  - id: default\n${storage}  - id: member\n${storage}${template(lines)}`,
    )
  const server = (at: string, on: number) => knotServer(at, on)
  const primaryConfig = `${acl('query, update, transfer')}${remote(secondaryPort)}${withTemplates(server(own, port), '    notify: other\n    acl: all\n')}zone:
  - domain: ${catalog}
    file: "${catalog}zone"
    zonefile-sync: -1
    catalog-role: interpret
    catalog-template: member
    notify: other
    acl: all
`
  const secondaryConfig = `${acl('query, notify, transfer')}${remote(port)}${withTemplates(server(other, secondaryPort), '    master: other\n    acl: all\n')}zone:
  - domain: ${catalog}
    file: "${catalog}zone"
    master: other
    acl: all
    catalog-role: interpret
    catalog-template: member
`
  const primary = await startKnot(own, port, primaryConfig)
  const secondary = await startKnot(other, secondaryPort, secondaryConfig)
  await ready(primary, secondary)
  return { system: await versionOf('Knot'), servers: [primary, secondary], secondary, create: () => enter(primary, zones) }
}

function makeFolders(folder: string, zones: readonly SmallZone[]): readonly [primary: string, secondary: string] {
  const [own, other] = [join(folder, 'primary'), join(folder, 'secondary')]
  for (const each of [own, other]) mkdirSync(each, { recursive: true })
  writeFileSync(join(own, `${catalog}zone`), catalogText)
  for (const { name, text } of zones) writeFileSync(join(own, `${name}zone`), text)
  return [own, other]
}

/** Both have the catalog. Knot answers questions about one over TCP alone, and to those who may transfer it. */
async function ready(primary: Server, secondary: Server): Promise<void> {
  try {
    await primary.answering(catalog, 'SOA', true)
    await secondary.answering(catalog, 'SOA', true)
  } catch (error) {
    await Promise.all([primary.stop(), secondary.stop()])
    throw error
  }
}

/** A PTR a zone, in as many UPDATEs as it takes. */
async function enter(primary: Server, zones: readonly SmallZone[]): Promise<void> {
  for (let from = 0; from < zones.length; from += perUpdate) {
    const ptrs = zones
      .slice(from, from + perUpdate)
      .map(({ name }, i) => ({ owner: `m${from + i}.zones.${catalog}`, type: 'PTR', value: name }))
    await sendUpdate(primary.address, catalog, ptrs)
  }
}
