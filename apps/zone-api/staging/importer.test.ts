/** Imports of small and of large zones: what becomes of the zone, and of the request. */
import assert from 'node:assert/strict'
import { Code } from '@connectrpc/connect'
import { decodeRR, formatRR } from '@zonecast/dns'
import { unpackRRs } from '@zonecast/zone'
import { afterAll, beforeAll, test } from 'vitest'
import { type Asked, hosts, manyHosts, openTestImporter, reasonsOf, soaLine, type TestImporter } from './test-importer.ts'

let staging: TestImporter
beforeAll(async () => {
  staging = await openTestImporter()
})
afterAll(() => staging.close())

/** The apex's MX points to a name without an address: a change set speaks of what it changes alone. */
const mergedWarnings = (count: number) => Array.from({ length: count === manyHosts ? 2 : 1 }, () => 'TARGET_MISSING')

for (const { name, count } of [
  { name: 'a small zone', count: 30 },
  { name: 'a large zone', count: manyHosts },
]) {
  test(`${name} is created, replaced with a delta, and left alone when nothing changes`, async () => {
    const zone = staging.newZone()
    const first = await staging.imported(zone, soaLine(7) + hosts(count))
    assert.deepEqual([first.code, first.errors.count, first.rrCount], [0, 0, count + 2])
    assert.equal(first.outcome?.effect.state.serial, 7)
    assert.equal(first.outcome?.effect.state.version, 1n)
    assert.equal(first.outcome?.effect.previous, undefined)
    assert.equal((await staging.content(zone)).length, count + 2)

    const again = await staging.imported(zone, soaLine(7) + hosts(count))
    assert.deepEqual([again.code, again.outcome?.effect.changed, again.outcome?.changeId], [0, false, ''])

    const one = await staging.imported(zone, soaLine(9) + hosts(count).replace('"v 5"', '"changed"'))
    assert.deepEqual([one.outcome?.effect.added, one.outcome?.effect.removed, one.outcome?.effect.oldTtl], [1, 1, 60])
    assert.equal(one.outcome?.effect.state.serial, 9)
    const answer = await staging.database.deltaFrom({ zone, base: first.outcome!.effect.state })
    assert.equal(answer.kind, 'delta')
    const { removed, added } = answer.kind === 'delta' ? answer.delta : assert.fail()
    assert.deepEqual(
      unpackRRs(added).map((stored) => formatRR(decodeRR(stored))),
      [`host-5.${zone} 60 IN TXT "changed"`],
    )
    assert.equal(unpackRRs(removed).length, 1)

    const lower = await staging.imported(zone, soaLine(3) + hosts(count))
    assert.equal(lower.outcome?.effect.state.serial, 10)
    assert.deepEqual(
      lower.warnings.map(({ reason }) => reason),
      ['SERIAL_REPLACED'],
    )
  })

  test(`${name} is not emptied by accident`, async () => {
    const zone = staging.newZone()
    await staging.imported(zone, soaLine(1) + hosts(count))
    const refused = await staging.imported(zone, soaLine(2) + 'www IN A 192.0.2.1\n' + hosts(Math.floor(count / 3)))
    assert.equal(refused.code, Code.FailedPrecondition)
    assert.deepEqual(
      refused.errors.errors.map(({ reason }) => reason),
      ['MASS_DELETE'],
    )
    assert.equal((await staging.content(zone)).length, count + 2)
    const forced = await staging.imported(zone, soaLine(2), { force: true })
    assert.equal(forced.outcome?.effect.removed, count)
    assert.equal((await staging.content(zone)).length, 2)
  })

  test(`${name} is checked but not touched on a dry run`, async () => {
    const zone = staging.newZone()
    const dry = await staging.imported(zone, soaLine(4) + hosts(count), { dryRun: true })
    assert.deepEqual([dry.code, dry.outcome?.changeId, dry.outcome?.effect.added], [0, '', count + 1])
    assert.equal(await staging.database.getZone(zone), undefined)
    await staging.imported(zone, soaLine(4) + hosts(count))
    const before = await staging.database.headOf(zone)
    const second = await staging.imported(zone, soaLine(5) + hosts(count, 1), { dryRun: true })
    assert.equal(second.outcome?.effect.state.serial, 5)
    assert.deepEqual([second.outcome?.effect.added, second.outcome?.effect.removed], [count, count])
    assert.deepEqual(await staging.database.headOf(zone), before)
  })

  test(`${name} that has to be new leaves alone what there is`, async () => {
    const zone = staging.newZone()
    const made = await staging.imported(zone, soaLine(1) + hosts(count), { mustBeNew: true })
    assert.deepEqual([made.code, made.outcome?.effect.state.version], [0, 1n])
    const head = await staging.database.headOf(zone)
    for (const more of [{}, { mode: 'merge' }, { overwrite: true }, { dryRun: true }] as const) {
      const refused = await staging.imported(zone, soaLine(2) + hosts(count, 1), { mustBeNew: true, ...more })
      assert.deepEqual([refused.code, refused.outcome, refused.errors.count], [Code.AlreadyExists, undefined, 1])
    }
    assert.deepEqual(await staging.database.headOf(zone), head)
  })

  test(`${name} warns of what it points to: replaced, merged, and on a dry run`, async () => {
    const zone = staging.newZone()
    const pointing = 'www 60 IN CNAME nowhere\nloop 60 IN CNAME loop\n@ 60 IN MX 1 host-1\n_sip._tcp 60 IN SRV 0 0 1 www\n'
    const warned = async (text: string, more: Asked = {}) => reasonsOf(await staging.imported(zone, text, more)).toSorted()
    const all = ['CNAME_LOOP', 'CNAME_TARGET_MISSING', 'TARGET_IS_ALIAS', 'TARGET_MISSING']
    assert.deepEqual(await warned(soaLine(1) + hosts(count) + pointing, { dryRun: true }), all)
    assert.deepEqual(await warned(soaLine(1) + hosts(count) + pointing), all)
    // What is there already, and is not in the data, is passed over, the apex apart.
    const merged = hosts(count, 0, 'merged') + 'mail 60 IN MX 1 gone\n'
    assert.deepEqual(await warned(merged, { mode: 'merge', dryRun: true }), mergedWarnings(count))
    assert.deepEqual(await warned(merged, { mode: 'merge' }), mergedWarnings(count))
  })

  test(`merging ${name} keeps what the data does not name`, async () => {
    const zone = staging.newZone()
    await staging.imported(zone, soaLine(1) + hosts(count) + 'www 60 IN A 192.0.2.1\nwww 60 IN A 192.0.2.2\n')
    const merged = await staging.imported(zone, hosts(count, 0, 'merged') + 'www 60 IN A 192.0.2.3\nnew 60 IN A 192.0.2.4\n', {
      mode: 'merge',
    })
    assert.deepEqual([merged.code, merged.errors.count, merged.warnings], [0, 0, []])
    assert.deepEqual([merged.outcome?.effect.added, merged.outcome?.effect.removed], [count + 2, count + 2])
    assert.equal(merged.outcome?.effect.state.serial, 2)
    const rrs = await staging.content(zone)
    assert.equal(rrs.length, count + 4)
    assert.ok(rrs.includes(`www.${zone} 60 IN A 192.0.2.3`))
    assert.ok(!rrs.includes(`www.${zone} 60 IN A 192.0.2.1`))
    const again = await staging.imported(zone, hosts(count, 0, 'merged'), { mode: 'merge' })
    assert.equal(again.outcome?.effect.changed, false)
  })

  test(`a repeated request for ${name} gives the same answer, once applied`, async () => {
    const zone = staging.newZone()
    const text = soaLine(1) + hosts(count)
    const first = await staging.imported(zone, text, { requestId: `import-${zone}` })
    await staging.imported(zone, `${text}more 60 IN A 192.0.2.1\n`)
    const second = await staging.imported(zone, text, { requestId: `import-${zone}` })
    assert.deepEqual(second.outcome, first.outcome)
    assert.equal((await staging.database.headOf(zone))?.state.version, 2n)
    const other = await staging.imported(zone, `${text}other 60 IN A 192.0.2.1\n`, { requestId: `import-${zone}` })
    assert.equal(other.code, Code.FailedPrecondition)
    assert.deepEqual(
      other.errors.errors.map(({ reason }) => reason),
      ['REQUEST_ID_REUSED'],
    )
  })

  test(`${name} is refused at another version than expected`, async () => {
    const zone = staging.newZone()
    await staging.imported(zone, soaLine(1) + hosts(count))
    const moved = await staging.imported(zone, soaLine(2) + hosts(count, 1), { expectedVersion: 7n })
    assert.equal(moved.code, Code.Aborted)
    assert.deepEqual(
      moved.errors.errors.map(({ reason }) => reason),
      ['VERSION_MOVED'],
    )
    const right = await staging.imported(zone, soaLine(2) + hosts(count, 1), { expectedVersion: 1n })
    assert.equal(right.outcome?.effect.state.version, 2n)
  })

  test(`all errors of ${name} come at once, and nothing is taken`, async () => {
    const zone = staging.newZone()
    const text = `${soaLine(1)}a IN A no\n${hosts(count)}b IN CNAME c\nb IN A 192.0.2.1\nwww.example.org. IN A 192.0.2.1\n`
    const refused = await staging.imported(zone, text)
    assert.equal(refused.code, Code.InvalidArgument)
    assert.equal(refused.errors.count, 3)
    assert.deepEqual(
      refused.errors.errors.map(({ line, column, reason }) => [line, column, reason]),
      [
        [3, 8, 'ZONE_FILE_SYNTAX'],
        [count + 6, 1, 'OUT_OF_ZONE'],
        [count + 5, 1, 'CNAME_CONFLICT'],
      ],
    )
    assert.equal(await staging.database.getZone(zone), undefined)
  })

  test(`${name} comes back after it was deleted`, async () => {
    const zone = staging.newZone()
    const first = await staging.imported(zone, soaLine(5) + hosts(count))
    const write = { principal: 'tester', reason: '', requestId: '', bodyHash: new Uint8Array(32), traceparent: '' }
    await staging.database.deleteZone({ zone, expectedVersion: 0n, ...write })
    const back = await staging.imported(zone, soaLine(5) + hosts(count))
    assert.deepEqual([back.code, back.errors.errors], [0, []])
    assert.equal(back.outcome?.effect.state.version, 3n)
    assert.ok(back.outcome!.effect.state.generation > first.outcome!.effect.state.generation)
  })
}

test('a repeated merge that made the zone gives the same answer', async () => {
  const zone = staging.newZone()
  const asked = { mode: 'merge', requestId: `merge-${zone}` } as const
  const first = await staging.imported(zone, soaLine(1), asked)
  const second = await staging.imported(zone, soaLine(1), asked)
  assert.notEqual(first.outcome?.changeId, '')
  assert.deepEqual(second.outcome, first.outcome)
})
