/** A validating resolver believes what we say: delv with the zones' own keys as trust anchors (RFC 4035 §5, RFC 5155 §8). */
import { strict as assert } from 'node:assert'
import { program } from '../../lib/programs.ts'
import type { Behaviour, OwnTest } from '../lib/behaviour.ts'
import type { World } from '../lib/world.ts'
import { zones } from '../lib/zone-text.ts'

const questions: readonly (readonly [question: string, says: RegExp])[] = [
  ['www A', /fully validated/],
  ['alias A', /fully validated/],
  ['host.dname A', /fully validated/],
  ['x.wild A', /fully validated/],
  ['x.wild AAAA', /negative response, fully validated/],
  ['mail TXT', /negative response, fully validated/],
  ['ent TXT', /negative response, fully validated/],
  ['nothing A', /negative response, fully validated/],
  ['x.www A', /negative response, fully validated/],
  ['x.host.wild A', /negative response, fully validated/],
  ['secure DS', /fully validated/],
  ['kid DS', /fully validated/],
  ['www.kid A', /fully validated/],
  ['nothing.www.kid A', /negative response, fully validated/],
]

async function delv({ addressOf, anchors }: World, apex: string, question: string): Promise<string> {
  const { host, port } = addressOf('ours')
  const [name, type = 'A'] = question.split(' ')
  return program('delv', [`@${host}`, '-p', String(port), '-a', anchors, `+root=${apex}`, `${name}.${apex}`, type])
}

export const behaviour: Behaviour = {
  title: 'validation by delv',
  own: zones
    .filter(({ denial }) => denial !== 'none')
    .flatMap(({ apex, denial }) =>
      questions.map(([question, says]): OwnTest => ({
        name: `${question} in ${apex}`,
        // What a wildcard gives in a span with Opt-Out counts as unsigned (RFC 5155 §9.2).
        run: async (world) =>
          assert.match(
            await delv(world, apex, question),
            denial === 'opt-out' && question === 'x.wild A' ? /unsigned answer/ : says,
          ),
      })),
    ),
}
