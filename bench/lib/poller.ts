/** Asks an edge the same question until the answer is right, from a thread of its own. */
import { Worker } from 'node:worker_threads'
import { encodeMessage, OPCODE, parseName, parseRDATAText, RCODE, typeFromText, CLASS } from '@zonecast/dns'
import type { Address } from '@zonecast/dns-net'

export interface Wanted {
  readonly name: string
  readonly type: string
  /** The one value in presentation format that makes the answer right. */
  readonly value: string
}

/** What the thread is told. */
export interface PollerTask {
  readonly query: Uint8Array
  /** RDATA that one answer must have. */
  readonly type: number
  readonly rdata: Uint8Array
}

export interface PollerInput {
  readonly server: Address
  readonly pauseMs: number
}

/**
 * One that polls without a pause competes for the core with what it measures. With the pause, what it sees is late by half a pause
 * and half a round trip on average.
 */
const pauseMs = 0.3

export class Poller {
  readonly #worker: Worker

  constructor(server: Address) {
    const workerData: PollerInput = { server, pauseMs }
    this.#worker = new Worker(new URL('./poller-worker.ts', import.meta.url), { workerData })
  }

  /** Begins to ask; resolves with the moment of the first right answer, in ms of `monotonicMs`. */
  async seen({ name, type, value }: Wanted): Promise<number> {
    const number = typeFromText(type) as number
    const question = { name: parseName(name), type: number, class: CLASS.IN }
    const flags = { qr: false, opcode: OPCODE.QUERY, aa: false, tc: false, rd: false, ra: false, ad: false, cd: false }
    const sections = { questions: [question], answers: [], authorities: [], additionals: [] }
    const { bytes } = encodeMessage({ id: 1, ...flags, rcode: RCODE.NOERROR, ...sections })
    const task: PollerTask = { query: bytes, type: number, rdata: parseRDATAText(number, value, parseName('.')) }
    return new Promise((resolve, reject) => {
      this.#worker.once('error', reject)
      this.#worker.once('message', (at: bigint) => {
        this.#worker.off('error', reject)
        resolve(Number(at) / 1e6)
      })
      this.#worker.postMessage(task, [])
    })
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}

/** A clock that all threads of the machine share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
