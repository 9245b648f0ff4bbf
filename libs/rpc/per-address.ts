/** A bound on the connections that one address has open at once. */
import type { Socket } from 'node:net'

/** Closes a connection at once where its address has that many already. */
export function perAddress(most: number): (socket: Socket) => void {
  const open = new Map<string, number>()
  return (socket) => {
    const address = socket.remoteAddress
    // It has left already.
    if (address === undefined) return
    const count = (open.get(address) ?? 0) + 1
    open.set(address, count)
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left === 0) open.delete(address)
      else open.set(address, left)
    })
    if (count > most) socket.destroy()
  }
}
