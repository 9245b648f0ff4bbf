/** Queries signed with a key that the server does not have (RFC 8945). */
import type { Behaviour } from '../lib/behaviour.ts'
import { headerText, overTcp, overUdp, query, wwwA } from '../lib/raw.ts'

const mac = 'aa'.repeat(32)
const rdata = (more = '') => `"hmac-sha256." 000065000000 012c 0020 ${mac} 1234 0000 0000${more}`
const tsig = (klass = '00ff', more = '') => `"key." 00fa ${klass} 00000000 003d ${rdata(more)}`
const opt = '00 0029 04d0 00000000 0000'

type Ask = typeof overUdp
const ask =
  (rest: string, count: string, over: Ask = overUdp) =>
  async (server: Parameters<Ask>[0]) =>
    headerText(await over(server, query(`${wwwA} ${rest}`, { counts: count })))

/** What stands behind the question: the TSIG without Time Signed and Fudge, of which servers have their own opinion. */
async function badKey(server: Parameters<Ask>[0]): Promise<string> {
  const response = await overUdp(server, query(`${wwwA} ${tsig()}`, { counts: '0001 0000 0000 0001' }))
  const text = response!.subarray(12 + 20).toString('hex')
  return `${response!.readUInt16BE(10)} ${text.slice(0, 56)} ${text.slice(72)}`
}

export const behaviour: Behaviour = {
  title: 'signed queries',
  observations: [
    { name: 'an unknown key is NOTAUTH', observe: ask(tsig(), '0001 0000 0000 0001'), want: 'NOTAUTH qr' },
    { name: 'the same over TCP', observe: ask(tsig(), '0001 0000 0000 0001', overTcp), want: 'NOTAUTH qr' },
    { name: 'the same beside EDNS', observe: ask(`${opt} ${tsig()}`, '0001 0000 0000 0002'), want: 'NOTAUTH qr' },
    {
      name: 'BADKEY, without a MAC (§5.3.2)',
      observe: badKey,
      want: '1 036b65790000fa00ff00000000001d0b686d61632d73686132353600 0000123400110000',
      differs: { nsd: 'without the question' },
    },
    { name: 'TSIG before another RR (§5.1)', observe: ask(`${tsig()} ${opt}`, '0001 0000 0000 0002'), want: 'FORMERR qr' },
    { name: 'two TSIGs (§5.1)', observe: ask(`${tsig()} ${tsig()}`, '0001 0000 0000 0002'), want: 'FORMERR qr' },
    { name: 'TSIG in the answer section', observe: ask(tsig(), '0001 0001 0000 0000'), want: 'FORMERR qr' },
    {
      name: 'TSIG of class IN (§4.2)',
      observe: ask(tsig('0001'), '0001 0000 0000 0001'),
      want: 'FORMERR qr',
      differs: { knot: 'takes any class' },
    },
    {
      name: 'TSIG with octets left over',
      observe: ask(tsig('00ff', '00').replace('003d', '003e'), '0001 0000 0000 0001'),
      want: 'FORMERR qr',
      differs: { nsd: 'passes over them' },
    },
  ],
}
