/** Imports the large zone again and again from a thread of its own: who measures small changes meanwhile is not kept from it. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export type Variant = 0 | 1

/** The address of `zz-last` in each variant. */
export const lastAddress = ['10.255.0.0', '10.255.0.1'] as const

export interface PassesInput {
  readonly url: string
  readonly token: string
  readonly zone: string
  readonly records: number
}

/** An import has been taken, or why not. */
export interface PassAnswer {
  readonly error?: string
}

export interface Passes {
  /** Imports one variant; one at a time. */
  pass(variant: Variant): Promise<void>
  close(): Promise<void>
}

/** Resolves when both variants have been made. */
export async function startPasses(input: PassesInput): Promise<Passes> {
  const worker = new Worker(new URL('./passes-worker.ts', import.meta.url), { workerData: input })
  const answered = async () => {
    const [{ error }] = (await once(worker, 'message')) as [PassAnswer]
    if (error !== undefined) throw new Error(error)
  }
  await answered()
  return {
    pass: (variant) => {
      const taken = answered()
      worker.postMessage(variant, [])
      return taken
    },
    close: async () => void (await worker.terminate()),
  }
}
