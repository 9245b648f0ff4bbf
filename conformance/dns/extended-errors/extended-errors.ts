/** Why, beside the RCODE (RFC 8914). */
import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { parseMessage } from '@zonecast/dns'
import { startApp } from '../../lib/process.ts'
import { askByDig } from '../lib/ask.ts'
import type { Behaviour, OwnTest } from '../lib/behaviour.ts'
import { overTcp, query } from '../lib/raw.ts'

const says = (name: string, question: string, rcode: string, error: RegExp): OwnTest => ({
  name,
  run: async (world) => {
    const reply = await askByDig(world.addressOf('ours'), question)
    assert.equal(reply.rcode, rcode, reply.text)
    assert.match(reply.text, error)
  },
})

/** None of the three says anything of most of these, so that there is nothing to compare with. */
export const behaviour: Behaviour = {
  title: 'extended errors',
  own: [
    says(
      'Not Authoritative for a name outside every zone',
      'www.elsewhere.example. A',
      'REFUSED',
      /EDE: 20 \(Not Authoritative\)/,
    ),
    {
      name: 'Prohibited for a transfer',
      run: async (world) => {
        const asked = query('"plain.test." 00fc 0001 00 0029 04d0 00000000 0000', { counts: '0001 0000 0000 0001' })
        const { edns } = parseMessage((await overTcp(world.addressOf('ours'), asked))!)
        assert.deepEqual(edns?.options, [{ code: 15, data: Uint8Array.of(0, 18) }])
      },
    },
    says('Prohibited for the version that is kept secret', 'version.bind. TXT -c CH', 'REFUSED', /EDE: 18 \(Prohibited\)/),
    says('Not Supported for MAILB', 'www.plain.test. TYPE253', 'NOTIMP', /EDE: 21 \(Not Supported\)/),
    {
      name: 'Not Ready of an edge that has not reached a publisher yet',
      run: async ({ system }) => {
        const env = {
          ZONECAST_DATA: join(system.folder, 'alone'),
          ZONECAST_EDGE_ID: 'edge-1',
          ZONECAST_TOKEN_FILE: join(system.folder, 'edge-1.token'),
          ZONECAST_PORT: '0',
          ZONECAST_DNS_LISTEN: '127.0.0.1:0',
          // Nobody listens at port 1.
          ZONECAST_PUBLISHER_URLS: 'http://127.0.0.1:1',
        }
        const alone = await startApp({ app: 'edge-writer', env })
        try {
          const { rcode, text } = await askByDig(alone.ready.dns![0]!, 'www.plain.test. A')
          assert.equal(rcode, 'REFUSED')
          assert.match(text, /EDE: 14 \(Not Ready\)/)
        } finally {
          await alone.stop()
        }
      },
    },
    {
      name: 'an answer has none, and who speaks no EDNS gets none',
      run: async (world) => {
        const ours = world.addressOf('ours')
        for (const question of ['www.plain.test. A', 'nothing.plain.test. A', 'www.elsewhere.example. A +noedns'])
          assert.doesNotMatch((await askByDig(ours, question)).text, /EDE/, question)
      },
    },
  ],
}
