/** TCP (RFC 7766, RFC 7828). */
import { strict as assert } from 'node:assert'
import type { Address } from '@zonecast/dns-net'
import { askByDig } from '../lib/ask.ts'
import type { Behaviour } from '../lib/behaviour.ts'
import { framed, headerText, overTcp, query, TcpClient, wwwA } from '../lib/raw.ts'

const ids = ['0001', '0002', '0003', '0004', '0005']
const five = ids.map((id) => framed(query(wwwA, { id })))
const manyIds = Array.from({ length: 500 }, (_, i) => i.toString(16).padStart(4, '0'))
const many = manyIds.map((id) => framed(query('"big.plain.test." 0010 0001', { id })))

/** Opens, writes, and gives the ids of the answers in ascending order; undefined stands for the end of the connection. */
async function idsOf(server: Address, write: (client: TcpClient) => void, count = 5): Promise<(string | undefined)[]> {
  const client = await TcpClient.open(server)
  try {
    write(client)
    const answers: (string | undefined)[] = []
    for (let i = 0; i < count; i++) answers.push((await client.next())?.subarray(0, 2).toString('hex'))
    return answers.toSorted()
  } finally {
    client.close()
  }
}

export const behaviour: Behaviour = {
  title: 'TCP',
  observations: [
    {
      name: 'several queries in one segment are all answered (§6.2.1.1)',
      observe: (server) => idsOf(server, ({ socket }) => socket.write(Buffer.concat(five))),
      want: ids,
    },
    {
      name: 'a client that reads gets 2 MB of answers that it asked for at once (§6.2.1.1)',
      observe: (server) => idsOf(server, ({ socket }) => socket.write(Buffer.concat(many)), many.length),
      want: manyIds,
    },
    {
      name: 'a query octet by octet',
      observe: (server) =>
        idsOf(server, ({ socket }) => {
          for (const octet of Buffer.concat(five)) socket.write(Buffer.of(octet))
        }),
      want: ids,
    },
    {
      name: 'a client that has said all is answered all the same',
      observe: (server) => idsOf(server, ({ socket }) => socket.end(Buffer.concat(five))),
      want: ids,
    },
    {
      name: 'and then the connection ends',
      observe: (server) => idsOf(server, ({ socket }) => socket.end(five[0]!), 2),
      want: ['0001', undefined],
    },
    {
      name: 'one more query after an answer',
      observe: async (server) => {
        const client = await TcpClient.open(server)
        client.socket.write(five[0]!)
        const first = headerText(await client.next())
        client.socket.write(five[1]!)
        const second = headerText(await client.next())
        client.close()
        return [first, second]
      },
      want: ['NOERROR qr aa', 'NOERROR qr aa'],
    },
    {
      name: 'an answer of more than 512 octets is whole',
      observe: async (server) => (await overTcp(server, query('"big.plain.test." 0010 0001')))!.length > 4000,
      want: true,
    },
    {
      name: 'keep-alive is ignored over UDP and told over TCP (RFC 7828 §3.2)',
      observe: async (server) =>
        (await overTcp(
          server,
          query(`${wwwA} 00 0029 04d0 00000000 0004 000b 0000`, { counts: '0001 0000 0000 0001' }),
        ))!.includes(Buffer.from('000b0002', 'hex')),
      want: true,
      differs: { knot: 'does not know it', nsd: 'does not know it' },
    },
  ],
  own: [
    {
      name: 'a connection without a query is closed after its time',
      run: async (world) => {
        const client = await TcpClient.open(world.system.dnsOf('strict'))
        assert.equal(await client.next(), undefined)
      },
    },
    {
      name: 'octets that trickle in do not hold it',
      run: async (world) => {
        const client = await TcpClient.open(world.system.dnsOf('strict'))
        client.socket.on('error', () => {})
        const trickle = setInterval(() => client.socket.write(Buffer.of(0)), 50)
        assert.equal(await client.next(), undefined)
        clearInterval(trickle)
      },
    },
    {
      name: 'one client has so many connections and no more',
      run: async (world) => {
        const strict = world.system.dnsOf('strict')
        const open = await Promise.all([1, 2, 3].map(() => TcpClient.open(strict)))
        for (const { socket } of open) socket.write(five[0]!)
        for (const client of open) assert.equal(headerText(await client.next()), 'NOERROR qr aa')
        const fourth = await TcpClient.open(strict)
        assert.equal(await fourth.next(), undefined)
        for (const client of open) client.close()
      },
    },
    {
      name: 'keep-alive says how long (RFC 7828)',
      run: async (world) => {
        const { text } = await askByDig(world.system.dnsOf('strict'), 'www.plain.test. A +tcp +keepalive')
        assert.match(text, /TCP[ -]KEEPALIVE: 1\.0 secs/)
      },
    },
  ],
}
