/** Cookies (RFC 7873, RFC 9018). */
import { strict as assert } from 'node:assert'
import type { Address } from '@zonecast/dns-net'
import { parseMessage, type Message } from '@zonecast/dns'
import { askByDig } from '../lib/ask.ts'
import type { Behaviour } from '../lib/behaviour.ts'
import { overTcp, overUdp, query, wwwA } from '../lib/raw.ts'

const client = '2464c4abcf10c957'
const forged = `${client}010000005cf79f11${'ab'.repeat(8)}`

const knot = 'has cookies in a module, which is not loaded'

/** A query with a cookie option of these hexadecimal digits. */
function withCookie(cookie: string, question = wwwA): Buffer {
  const octets = cookie.length / 2
  const u16 = (value: number) => value.toString(16).padStart(4, '0')
  const counts = question === '' ? '0000 0000 0000 0001' : '0001 0000 0000 0001'
  return query(`${question} 00 0029 04d0 00000000 ${u16(octets + 4)} 000a ${u16(octets)} ${cookie}`, { counts })
}

const cookieIn = ({ edns }: Message) => Buffer.from(edns?.options.find(({ code }) => code === 10)?.data ?? []).toString('hex')

async function exchange(
  server: Address,
  bytes: Buffer,
  send = overUdp,
): Promise<{ rcode: number; cookie: string; answers: number }> {
  const message = parseMessage((await send(server, bytes))!)
  return { rcode: message.rcode, cookie: cookieIn(message), answers: message.answers.length }
}

/** RCODE, octets of the cookie, whether it begins with the client's part, and how many answers there are. */
const seen = (cookie: string, question?: string) => async (server: Address) => {
  const { rcode, cookie: told, answers } = await exchange(server, withCookie(cookie, question))
  return [rcode, told.length / 2, told.startsWith(client), answers]
}

export const behaviour: Behaviour = {
  title: 'cookies',
  observations: [
    {
      name: 'a client cookie gets a server cookie of 16 octets (RFC 9018 §4)',
      observe: seen(client),
      want: [0, 24, true, 2],
      differs: { knot },
    },
    {
      name: 'a forged server cookie gets an answer and a good cookie',
      observe: seen(forged),
      want: [0, 24, true, 2],
      differs: { knot },
    },
    {
      name: 'a cookie of 7 octets is FORMERR (RFC 7873 §5.2.2)',
      observe: async (server) => (await exchange(server, withCookie(client.slice(2)))).rcode,
      want: 1,
      differs: { knot },
    },
    {
      name: 'a cookie of 15 octets, too',
      observe: async (server) => (await exchange(server, withCookie(client + '00'.repeat(7)))).rcode,
      want: 1,
      differs: { knot },
    },
    {
      name: 'a cookie of 41 octets, too',
      observe: async (server) => (await exchange(server, withCookie(client + '00'.repeat(33)))).rcode,
      want: 1,
      differs: { knot },
    },
    {
      name: 'without a question: NOERROR and a cookie (RFC 7873 §5.4)',
      observe: seen(client, ''),
      want: [0, 24, true, 0],
      differs: { knot },
    },
    {
      name: 'without a question, with a forged cookie: a good one',
      observe: seen(forged, ''),
      want: [0, 24, true, 0],
      differs: { knot },
    },
    {
      name: 'who sends none gets none',
      observe: async (server) =>
        cookieIn(
          parseMessage((await overUdp(server, query(`${wwwA} 00 0029 04d0 00000000 0000`, { counts: '0001 0000 0000 0001' })))!),
        ),
      want: '',
    },
    {
      name: 'over TCP as over UDP',
      observe: async (server) => (await exchange(server, withCookie(client), overTcp)).cookie.length,
      want: 48,
      differs: { knot },
    },
  ],
  own: [
    {
      name: 'a cookie of another server with the same secret is good (RFC 9018 §5)',
      run: async (world) => {
        for (const peer of ['bind', 'nsd'] as const) {
          const { cookie } = await exchange(world.addressOf(peer), withCookie(client))
          const { rcode, answers } = await exchange(world.system.dnsOf('strict'), withCookie(cookie))
          assert.deepEqual([rcode, answers], [0, 2], `a cookie of ${peer} is good where cookies are required`)
        }
      },
    },
    {
      name: 'dig finds ours good',
      run: async (world) =>
        assert.match(
          (await askByDig(world.addressOf('ours'), `www.plain.test. A +cookie=${client}`)).text,
          /COOKIE: [0-9a-f]{48} \(good\)/,
        ),
    },
    {
      name: 'where they are required, BADCOOKIE until ours is shown; who sends none is answered, and so is TCP',
      run: async (world) => {
        const strict = world.system.dnsOf('strict')
        const first = await exchange(strict, withCookie(client))
        assert.deepEqual([first.rcode, first.answers], [23, 0])
        const second = await exchange(strict, withCookie(first.cookie))
        assert.deepEqual([second.rcode, second.answers], [0, 2])
        assert.equal((await askByDig(strict, 'www.plain.test. A')).rcode, 'NOERROR')
        assert.equal((await exchange(strict, withCookie(client), overTcp)).rcode, 0)
      },
    },
  ],
}
