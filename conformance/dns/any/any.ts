/** ANY is answered with one RRset (RFC 8482 §4.1). */
import { strict as assert } from 'node:assert'
import { askByDig } from '../lib/ask.ts'
import type { Behaviour } from '../lib/behaviour.ts'

export const behaviour: Behaviour = {
  title: 'ANY',
  cases: [
    { name: 'a name with one RRset', ask: 'hinfo.% ANY +notcp', want: { answer: ['hinfo.% 300 HINFO "PC" "OS"'] } },
    { name: 'an alias is not followed', ask: 'alias.% ANY +notcp', want: { answer: ['alias.% 300 CNAME www.%'] } },
    { name: 'a name that does not exist', ask: 'nothing.% ANY +notcp', want: { rcode: 'NXDOMAIN', authority: ['SOA'] } },
    { name: 'an empty non-terminal', ask: 'ent.% ANY +notcp', want: { authority: ['SOA'] } },
    { name: 'a wildcard', ask: 'x.wild-mx.% ANY +notcp', want: { answer: ['x.wild-mx.% 300 MX 10 mail.%'] } },
    {
      name: 'a cut',
      ask: 'cut.% ANY +notcp',
      want: { flags: '', authority: ['cut.% 300 NS ns1.cut.%', 'cut.% 300 NS ns.elsewhere.example.'] },
    },
    { name: 'the first of several RRsets', ask: 'mail.% ANY +notcp', want: { answer: ['mail.% 300 A 192.0.2.25'] } },
  ],
  own: [
    {
      name: 'over TCP it is no more than over UDP, with its signature',
      run: async (world) => {
        const reply = await askByDig(world.addressOf('ours'), 'www.nsec.test. ANY +tcp +dnssec')
        assert.deepEqual(
          new Set(
            reply.answer.map((line) =>
              line
                .split(' ')
                .slice(2)
                .join(' ')
                .replace(/ 192.*/, ''),
            ),
          ),
          new Set(['A', 'RRSIG A']),
        )
      },
    },
  ],
}
