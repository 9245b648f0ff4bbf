/** The large zone from a primary to a secondary of others: empty, and with what it keeps over a restart. */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CLASS, parseName } from '@zonecast/dns'
import type { Address } from '@zonecast/dns-net'
import type { Pair } from '../lib/peers/pair.ts'
import { monotonicMs, Poller, type Wanted } from '../lib/poller.ts'
import { watchFamilyMemory } from '../lib/process-use.ts'
import type { Start } from './ours.ts'

export interface PeerStarts {
  readonly empty: Start
  readonly warm: Start
}

/** Starts the secondary with nothing, then once more with what it wrote, and leaves it stopped. */
export async function measureSecondary(pair: Pair, folder: string, last: Wanted): Promise<PeerStarts> {
  const own = join(folder, 'secondary')
  rmSync(own, { recursive: true, force: true })
  const empty = await startAndAsk(pair, last)
  await settled(own)
  await pair.secondary().stop()
  const warm = await startAndAsk(pair, last)
  await pair.secondary().stop()
  return { empty, warm }
}

async function startAndAsk(pair: Pair, last: Wanted): Promise<Start> {
  const started = monotonicMs()
  const secondary = await pair.startSecondary()
  const memory = watchFamilyMemory(secondary.child.pid!)
  const poller = new Poller(secondary.address)
  const gone = setInterval(() => secondary.check(), 1000)
  const answeredMs = (await poller.seen(last)) - started
  clearInterval(gone)
  const peakMiB = await memory.stop()
  await poller.close()
  return { answeredMs, peakMiB }
}

const quietMs = 1500

/** Until nothing more is written: zone files are, some time after the transfer. */
async function settled(folder: string): Promise<void> {
  const size = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
      (sum, file) => sum + sizeOf(join(file.parentPath, file.name)),
      0,
    )
  for (let before = -1; before !== size();) {
    before = size()
    await sleep(quietMs)
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

const axfr = 252

/** Octets that a primary sends for an AXFR: the messages with their lengths. */
export function axfrOctets({ host, port }: Address, zone: string): Promise<number> {
  const name = parseName(zone)
  const message = Buffer.concat([Buffer.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]), name, Buffer.from([0, axfr, 0, CLASS.IN])])
  const socket = connect({ host, port, noDelay: true })
  socket.write(Buffer.concat([Buffer.from([0, message.length]), message]))
  return new Promise((resolve, reject) => {
    let octets = 0
    // The primary keeps the connection open: when nothing has come for a while, all has.
    socket.setTimeout(quietMs, () => socket.destroy())
    socket.on('data', (chunk) => (octets += chunk.length))
    socket.on('error', reject)
    socket.on('close', () => resolve(octets))
  })
}
