/** Flags that mean nothing to an authoritative server (RFC 8906 §8.1.3). */
import type { Behaviour } from '../lib/behaviour.ts'
import { headerText, overUdp, query, wwwA } from '../lib/raw.ts'

const answer = ['mail.% 300 A 192.0.2.25']
const withFlags = (flags: string) => async (server: Parameters<typeof overUdp>[0]) =>
  headerText(await overUdp(server, query(wwwA, { flags })))

export const behaviour: Behaviour = {
  title: 'header bits',
  cases: [
    { name: 'plain DNS (§8.1.1)', ask: 'mail.% A +noedns', want: { answer, question: ['mail.% IN A'] } },
    { name: 'RD comes back, RA does not (§8.1.3.4)', ask: 'mail.% A +recurse', want: { answer, flags: 'aa rd' } },
    { name: 'AD is ignored (§8.1.3.2)', ask: 'mail.% A +adflag', want: { answer } },
    {
      name: 'CD comes back (RFC 4035 §3.1.6)',
      ask: 'mail.% A +cdflag',
      want: { answer, flags: 'aa cd' },
      differs: { knot: 'leaves it out', nsd: 'leaves it out' },
    },
    { name: 'the reserved bit is ignored and zero (§8.1.3.3)', ask: 'mail.% A +zflag', want: { answer } },
    { name: 'AA in a query means nothing', ask: 'mail.% A +aaflag', want: { answer } },
    {
      name: 'NXDOMAIN is authoritative',
      ask: 'nothing.% A +recurse',
      want: { rcode: 'NXDOMAIN', flags: 'aa rd', authority: ['SOA'] },
    },
  ],
  observations: [
    { name: 'TC in a query means nothing', observe: withFlags('0200'), want: 'NOERROR qr aa' },
    { name: 'RA in a query means nothing', observe: withFlags('0080'), want: 'NOERROR qr aa' },
    { name: 'an RCODE in a query means nothing', observe: withFlags('0003'), want: 'NOERROR qr aa', differs: { nsd: 'FORMERR' } },
    { name: 'a response is not answered', observe: withFlags('8000'), want: 'nothing' },
  ],
}
