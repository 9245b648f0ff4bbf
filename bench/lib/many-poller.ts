/** Waits for many answers at a time, asking for each in turn from a thread of its own. */
import { Worker } from 'node:worker_threads'
import { CLASS, encodeMessage, OPCODE, parseName, parseRDATAText, RCODE, typeFromText } from '@zonecast/dns'
import type { Address } from '@zonecast/dns-net'
import type { Wanted } from './poller.ts'

export interface ManyPollerTask {
  readonly id: number
  readonly query: Uint8Array
  readonly type: number
  readonly rdata: Uint8Array
}

/** At most 65 536 answers are waited for at a time: the message id tells them apart. */
export class ManyPoller {
  readonly #worker: Worker
  readonly #open = new Map<number, (at: number) => void>()
  #last = 0

  constructor(server: Address) {
    this.#worker = new Worker(new URL('./many-poller-worker.ts', import.meta.url), { workerData: server })
    this.#worker.on('message', ({ id, at }: { id: number; at: bigint }) => {
      const done = this.#open.get(id)
      this.#open.delete(id)
      done?.(Number(at) / 1e6)
    })
  }

  /** Resolves with the moment of the first right answer, in ms of `monotonicMs`. */
  seen({ name, type, value }: Wanted): Promise<number> {
    const id = (this.#last = (this.#last + 1) & 0xffff)
    const number = typeFromText(type) as number
    const flags = { id, qr: false, opcode: OPCODE.QUERY, aa: false, tc: false, rd: false, ra: false, ad: false, cd: false }
    const questions = [{ name: parseName(name), type: number, class: CLASS.IN }]
    const { bytes } = encodeMessage({ ...flags, rcode: RCODE.NOERROR, questions, answers: [], authorities: [], additionals: [] })
    const task: ManyPollerTask = { id, query: bytes, type: number, rdata: parseRDATAText(number, value, parseName('.')) }
    return new Promise((resolve) => {
      this.#open.set(id, resolve)
      this.#worker.postMessage(task, [])
    })
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}
