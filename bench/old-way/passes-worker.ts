/** The thread behind `startPasses`: makes both variants of the large zone, and imports the one it is told. */
import { parentPort, workerData } from 'node:worker_threads'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcClient, createRpcTransport } from '@zonecast/rpc'
import { importZone } from '../../conformance/lib/zones.ts'
import { zoneText } from '../lib/zone-text.ts'
import { lastAddress, type PassAnswer, type PassesInput, type Variant } from './passes.ts'

const port = parentPort!
const { url, token, zone, records } = workerData as PassesInput
const client = createRpcClient(ZoneService, createRpcTransport({ url, token }))
const text = zoneText(zone, records).toString('latin1')
const variants = [variantOf(0), variantOf(1)] as const

/** Every RR has another TTL in the other variant: nothing of what was there can stay, so that all of it has to travel. */
function variantOf(variant: Variant): Buffer {
  const changed = text.replaceAll(/ (\d+) IN /g, (_, ttl: string) => ` ${Number(ttl) + 1 + variant} IN `)
  return Buffer.from(changed.replace(/^(zz-last[^\n]* A )\S+$/m, `$1${lastAddress[variant]}`), 'latin1')
}

async function pass(variant: Variant): Promise<PassAnswer> {
  try {
    const { errors, effect } = await importZone(client, { zone, force: true }, variants[variant])
    return effect ? {} : { error: `${zone} was refused: ${errors[0]?.message}` }
  } catch (error) {
    return { error: String(error) }
  }
}

port.on('message', (variant: Variant) => void pass(variant).then((answer) => port.postMessage(answer, [])))
port.postMessage({} satisfies PassAnswer, [])
