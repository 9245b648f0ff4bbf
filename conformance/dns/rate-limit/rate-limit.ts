/** Response rate limiting over UDP, at an edge that is told to limit loopback, too. */
import { strict as assert } from 'node:assert'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Address } from '@zonecast/dns-net'
import { askByDig } from '../lib/ask.ts'
import type { Behaviour } from '../lib/behaviour.ts'
import { query } from '../lib/raw.ts'

/** More than are let through in the few seconds this takes on a slow machine. */
const flood = 400

interface Seen {
  readonly whole: number
  readonly truncated: number
}

/** Sends a flood of one question and counts what comes before the answer over another account says that no more will. */
async function sendFlood({ host, port }: Address, rest: string): Promise<Seen> {
  const socket = createSocket('udp4')
  socket.connect(port, host)
  await once(socket, 'connect')
  let whole = 0
  let truncated = 0
  socket.on('message', (reply) => {
    if (reply.readUInt16BE(0) !== 0x1234) return
    if ((reply[2]! & 2) !== 0) truncated++
    else whole++
  })
  for (let i = 0; i < flood; i++) socket.send(query(rest))
  // Another name has an account of its own; by its answer the flood has been gone through.
  for (let i = 0; i < 5; i++) {
    socket.send(query('"ns2.plain.test." 0001 0001', { id: '4242' }))
    await once(socket, 'message')
  }
  await askByDig({ host, port }, 'mail.plain.test. A +tcp')
  socket.close()
  return { whole, truncated }
}

export const behaviour: Behaviour = {
  title: 'response rate limiting',
  own: [
    {
      name: 'a flood of one question gets few answers, and truncated ones for real clients',
      run: async (world) => {
        const { whole, truncated } = await sendFlood(world.system.dnsOf('limited'), '"www.plain.test." 0001 0001')
        assert.ok(whole > 0 && whole < flood / 2, `${whole} whole answers`)
        assert.ok(truncated > 0 && whole + truncated < flood, `${truncated} truncated answers`)
      },
    },
    {
      name: 'names that do not exist are one account',
      run: async (world) => {
        const { whole } = await sendFlood(world.system.dnsOf('limited'), '"nothing.plain.test." 0001 0001')
        assert.ok(whole < flood / 2, `${whole} whole answers`)
      },
    },
    {
      name: 'TCP is not limited',
      run: async (world) => {
        for (let i = 0; i < 20; i++)
          assert.equal((await askByDig(world.system.dnsOf('limited'), 'www.plain.test. A +tcp')).rcode, 'NOERROR')
      },
    },
    {
      name: 'loopback is exempt by default, and limiting is off',
      run: async (world) => {
        const { truncated } = await sendFlood(world.addressOf('ours'), '"www.plain.test." 0001 0001')
        assert.equal(truncated, 0)
      },
    },
  ],
}
