/** Every behaviour, one folder each: ours must meet the expectation, and BIND, Knot and NSD say whether it is a fair one. */
import { strict as assert } from 'node:assert'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { askByDig, askByKdig } from './lib/ask.ts'
import type { Behaviour, Case, Differs, Observation } from './lib/behaviour.ts'
import { mismatches } from './lib/compare.ts'
import { peerNames, startWorld, type World } from './lib/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world?.close())

const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .filter((name) => existsSync(join(import.meta.dirname, name, `${name}.ts`)))

for (const folder of folders) {
  const { behaviour } = (await import(`./${folder}/${folder}.ts`)) as { readonly behaviour: Behaviour }
  describe(`${folder}: ${behaviour.title}`, () => {
    for (const one of behaviour.cases ?? []) test(one.name, () => check(one))
    for (const one of behaviour.observations ?? []) test(one.name, () => observe(one))
    for (const one of behaviour.own ?? []) test(one.name, () => one.run(world))
  })
}

async function check({ ask, zone = 'plain.test.', want, differs = {} }: Case): Promise<void> {
  const question = ask.replaceAll('%', zone)
  const address = world.addressOf('ours')
  const byDig = mismatches(await askByDig(address, question), want, zone)
  assert.deepEqual(byDig, [], 'ours, asked by dig')
  // kdig says no more of options and opcodes than their numbers.
  const { edns: _edns, question: _question, opcode: _opcode, ...common } = want
  const kdig = await askByKdig(address, question)
  if (kdig) assert.deepEqual(mismatches(kdig, common, zone), [], 'ours, asked by kdig')
  const judge = async (peer: (typeof peerNames)[number]) =>
    mismatches(await askByDig(world.addressOf(peer), question), want, zone)
  await judged(differs, judge)
}

async function observe({ observe: look, want, differs = {} }: Observation): Promise<void> {
  assert.deepEqual(await look(world.addressOf('ours')), want, 'ours')
  const judge = async (peer: (typeof peerNames)[number]) => {
    const seen = await look(world.addressOf(peer))
    return isDeepStrictEqual(seen, want) ? [] : [JSON.stringify(seen)]
  }
  await judged(differs, judge)
}

/** A peer must agree, or differ as noted; what all three see otherwise is our mistake. */
async function judged(differs: Differs, judge: (peer: (typeof peerNames)[number]) => Promise<string[]>): Promise<void> {
  assert.ok(Object.keys(differs).length < peerNames.length, 'an expectation that no peer meets')
  await Promise.all(
    peerNames.map(async (peer) => {
      const found = await judge(peer)
      if (differs[peer] === undefined) assert.deepEqual(found, [], peer)
      else assert.notDeepEqual(found, [], `${peer} no longer differs (${differs[peer]})`)
    }),
  )
}
