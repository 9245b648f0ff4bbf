/** The large zone through our system: imported, to an empty edge, and an edge with a warm store. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { startSystem, type System } from '../../conformance/lib/system.ts'
import { startProxy, type TcpProxy } from '../../conformance/lib/tcp-proxy.ts'
import { importZone } from '../../conformance/lib/zones.ts'
import { monotonicMs, Poller, type Wanted } from '../lib/poller.ts'
import { anonymousMiB, cpuMs, watchFamilyMemory, watchMemory } from '../lib/process-use.ts'
import { zoneText } from '../lib/zone-text.ts'

export interface Import {
  readonly committedMs: number
  readonly answeredMs: number
  /** By program: peak above what it took before, in MiB, and time on a core, in ms. */
  readonly programs: readonly { readonly app: string; readonly aboveIdleMiB: number; readonly coreMs: number }[]
}

/** A secondary, or an edge, that was started and answered. */
export interface Start {
  readonly answeredMs: number
  readonly peakMiB: number
}

/** What is put off after a start or a publication has happened by then. */
const restMs = 1500
const apps = ['zone-api', 'publisher', 'edge-1']
/** Its stream goes through a proxy that counts; the timed edge has none in its way. */
const counted = 'edge-2'

export interface OurSystem {
  readonly system: System
  importing(zone: string, text: Buffer, last: Wanted): Promise<Import>
  empty(last: Wanted): Promise<Start>
  warm(last: Wanted): Promise<Start>
  /** Octets from the publisher to an edge that has nothing. */
  octets(last: Wanted): Promise<number>
  close(): Promise<void>
}

export async function startOurs(): Promise<OurSystem> {
  let link: TcpProxy | undefined
  const direct: Record<string, string> = {}
  const publisherUrl = async (port: number) => {
    direct['ZONECAST_PUBLISHER_URLS'] = `http://127.0.0.1:${port}`
    link = await startProxy(port)
    return link.url
  }
  const system = await startSystem({ edges: ['edge-1', counted], env: { 'edge-1': direct }, publisherUrl })
  await system.stop(counted)
  const startAgain = async (edge: string, last: Wanted, keep: boolean): Promise<Start> => {
    if (!keep) rmSync(join(system.folder, edge), { recursive: true, force: true })
    const poller = new Poller(system.dnsOf(edge))
    const seen = poller.seen(last)
    const started = monotonicMs()
    const { ready } = await system.start(edge)
    const memory = watchFamilyMemory(ready.pid)
    const answeredMs = (await seen) - started
    const peakMiB = await memory.stop()
    await poller.close()
    return { answeredMs, peakMiB }
  }
  return {
    system,
    importing: (zone, text, last) => importing(system, zone, text, last),
    empty: async (last) => {
      await system.stop('edge-1')
      return startAgain('edge-1', last, false)
    },
    warm: async (last) => {
      await system.stop('edge-1')
      return startAgain('edge-1', last, true)
    },
    octets: async (last) => {
      const before = link!.received()
      await startAgain(counted, last, false)
      return link!.received() - before
    },
    close: async () => {
      await system.close()
      await link?.close()
    },
  }
}

/** The zone comes in while the edge follows. */
async function importing(system: System, zone: string, text: Buffer, last: Wanted): Promise<Import> {
  const client = system.client(ZoneService)
  await importZone(client, { zone: 'small.example.' }, zoneText('small.example.', 10))
  await sleep(restMs)
  const pids = apps.map((app) => system.app(app).ready.pid)
  const idle = pids.map(anonymousMiB)
  const cpuBefore = pids.map(cpuMs)
  const memory = watchMemory(pids)
  const poller = new Poller(system.dnsOf('edge-1'))
  const seen = poller.seen(last)
  const started = monotonicMs()
  const { effect, errors } = await importZone(client, { zone }, text)
  if (!effect) throw new Error(`${zone} was refused: ${errors[0]?.message}`)
  const committed = monotonicMs()
  const seenAt = await seen
  const peaks = await memory.stop()
  await poller.close()
  return {
    committedMs: committed - started,
    answeredMs: Math.max(0, seenAt - committed),
    programs: apps.map((app, i) => ({ app, aboveIdleMiB: peaks[i]! - idle[i]!, coreMs: cpuMs(pids[i]!) - cpuBefore[i]! })),
  }
}
