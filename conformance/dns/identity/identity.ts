/** Which server is it: NSID (RFC 5001) and CHAOS (RFC 4892). */
import { strict as assert } from 'node:assert'
import { askByDig } from '../lib/ask.ts'
import type { Behaviour } from '../lib/behaviour.ts'
import { identity } from '../lib/world.ts'

export const behaviour: Behaviour = {
  title: 'identity',
  cases: [
    { name: 'NSID for who asks', ask: 'mail.% A +nsid', want: { answer: ['mail.% 300 A 192.0.2.25'], edns: '0 NSID' } },
    { name: 'and with an error', ask: 'www.elsewhere.example. A +nsid', want: { rcode: 'REFUSED', flags: '' } },
    {
      name: 'id.server',
      ask: 'id.server. TXT -c CH',
      want: { answer: [`id.server. 0 TXT "${identity}"`] },
      differs: { knot: 'without AA', nsd: 'without AA' },
    },
    {
      name: 'the version is kept secret',
      ask: 'version.bind. TXT -c CH',
      want: { rcode: 'REFUSED', flags: '' },
      differs: { bind: 'no data', knot: 'tells it' },
    },
    { name: 'other names of class CHAOS are REFUSED', ask: 'www.plain.test. TXT -c CH', want: { rcode: 'REFUSED', flags: '' } },
  ],
  own: [
    {
      name: 'hostname.bind is the same, and NSID says what it is',
      run: async (world) => {
        const ours = world.addressOf('ours')
        assert.deepEqual((await askByDig(ours, 'hostname.bind. TXT -c CH')).answer, [`hostname.bind. 0 TXT "${identity}"`])
        assert.ok((await askByDig(ours, 'www.plain.test. A +nsid')).text.includes(`("${identity}")`))
      },
    },
    {
      name: 'an empty identity tells nothing',
      run: async (world) => {
        const strict = world.system.dnsOf('strict')
        assert.equal((await askByDig(strict, 'id.server. TXT -c CH')).rcode, 'REFUSED')
        assert.deepEqual((await askByDig(strict, 'www.plain.test. A +nsid')).edns?.options, [])
      },
    },
  ],
}
