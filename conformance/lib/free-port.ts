/** Ports for programs that are stopped and started again. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** The kernel takes ports for outgoing connections from 32 768 on: there, a port may be gone while its program is away. */
const [first, count] = [10_000, 22_000]
const attempts = 100

/** A port of loopback that is free for UDP and TCP and that the kernel gives to nobody by itself. */
export async function freePort(): Promise<number> {
  for (let i = 0; i < attempts; i++) {
    const port = first + Math.floor(Math.random() * count)
    if (await isFree(port)) return port
  }
  throw new Error(`no free port was found in ${attempts} attempts`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const socket = createSocket('udp4')
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
    socket.close()
  }
}
