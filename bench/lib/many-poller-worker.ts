/** The thread behind `ManyPoller`. */
import { createSocket } from 'node:dgram'
import { parentPort, workerData } from 'node:worker_threads'
import { parseMessage } from '@zonecast/dns'
import type { Address } from '@zonecast/dns-net'
import type { ManyPollerTask } from './many-poller.ts'

const port = parentPort!
const server = workerData as Address
const socket = createSocket('udp4')
/** One question a millisecond in all, however many are open: asking must not become the load. */
const everyMs = 1
const open = new Map<number, ManyPollerTask>()
let turn = open.entries()

function ask(): void {
  if (open.size === 0) return
  let next = turn.next()
  if (next.done) {
    turn = open.entries()
    next = turn.next()
  }
  if (next.value) socket.send(next.value[1].query)
}

socket.on('message', (reply) => {
  const at = process.hrtime.bigint()
  const id = (reply[0]! << 8) | reply[1]!
  const task = open.get(id)
  if (task === undefined) return
  const isRight = parseMessage(reply).answers.some(
    ({ type, rdata }) => type === task.type && Buffer.compare(rdata, task.rdata) === 0,
  )
  if (!isRight) return
  open.delete(id)
  port.postMessage({ id, at }, [])
})
socket.on('error', () => {})
socket.connect(server.port, server.host, () => {
  setInterval(ask, everyMs)
  port.on('message', (task: ManyPollerTask) => open.set(task.id, task))
})
