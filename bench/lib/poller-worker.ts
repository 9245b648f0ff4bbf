/** The thread behind `Poller`. */
import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { parseMessage } from '@zonecast/dns'
import type { PollerInput, PollerTask } from './poller.ts'

const port = parentPort!
const { server, pauseMs } = workerData as PollerInput
const socket = createSocket(isIPv6(server.host) ? 'udp6' : 'udp4')
const pausing = new Int32Array(new SharedArrayBuffer(4))
const lostAfterMs = 250
const refusedPauseMs = 5

let task: PollerTask | undefined
let id = 0
let lost: NodeJS.Timeout | undefined

function ask(): void {
  clearTimeout(lost)
  if (task === undefined) return
  id = (id + 1) & 0xffff
  task.query[0] = id >>> 8
  task.query[1] = id & 0xff
  socket.send(task.query)
  lost = setTimeout(ask, lostAfterMs)
}

socket.on('message', (reply) => {
  const at = process.hrtime.bigint()
  if (task === undefined || ((reply[0]! << 8) | reply[1]!) !== id) return
  if (isRight(reply, task)) {
    task = undefined
    clearTimeout(lost)
    port.postMessage(at, [])
    return
  }
  // Timers of the event loop count in whole milliseconds.
  Atomics.wait(pausing, 0, 0, pauseMs)
  ask()
})
// While the server is away, its port refuses.
socket.on('error', () => {
  clearTimeout(lost)
  lost = setTimeout(ask, refusedPauseMs)
})

function isRight(reply: Uint8Array, { type, rdata }: PollerTask): boolean {
  return parseMessage(reply).answers.some((rr) => rr.type === type && Buffer.compare(rr.rdata, rdata) === 0)
}

socket.connect(server.port, server.host, () => {
  port.on('message', (next: PollerTask) => {
    task = next
    ask()
  })
})
