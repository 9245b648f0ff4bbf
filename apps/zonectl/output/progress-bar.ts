/** A bar on a terminal for octets that are on their way. */
import cliProgress, { type Params } from 'cli-progress'
import type { Output } from '../io.ts'
import { formatOctets } from './text.ts'

export interface ProgressBar {
  add(octets: number): void
  /** Nothing is left to send; what comes now takes as long as it takes. */
  sent(): void
  stop(): void
}

const width = 30

/** `total` is undefined where nobody knows it: then only the octets are counted. */
export function progressBar(to: Output, total: number | undefined): ProgressBar {
  if (to.isTTY !== true) return { add: () => {}, sent: () => {}, stop: () => {} }
  let octets = 0
  let isSent = false
  const format = (_: object, { startTime }: Params) => line({ octets, total, isSent, ms: Date.now() - startTime })
  const bar = new cliProgress.SingleBar({ format, stream: to, clearOnComplete: true, hideCursor: null, stopOnComplete: false })
  bar.start(total ?? 1, 0)
  return {
    add: (more) => bar.update((octets += more)),
    sent: () => {
      isSent = true
      bar.update(octets)
    },
    stop: () => bar.stop(),
  }
}

interface State {
  readonly octets: number
  readonly total: number | undefined
  readonly isSent: boolean
  readonly ms: number
}

export function line({ octets, total, isSent, ms }: State): string {
  if (isSent) return `${formatOctets(octets)} sent; the zone API checks and commits`
  const rate = `${formatOctets((octets * 1_000) / Math.max(1, ms))}/s`
  if (total === undefined) return `${formatOctets(octets)}  ${rate}`
  const share = total === 0 ? 1 : Math.min(1, octets / total)
  const full = Math.round(share * width)
  const left = share > 0 && share < 1 ? `  ${Math.ceil((ms * (1 / share - 1)) / 1_000)} s left` : ''
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${Math.floor(share * 100)} %  ${formatOctets(octets)} of ${formatOctets(total)}  ${rate}${left}`
}
