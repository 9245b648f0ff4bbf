/** Imports of files: faults and their places, what is asked before much goes, and $INCLUDE. */
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'
import { small, testSystem } from '../test-system.ts'

const { folder, run, json, file } = testSystem()

for (const { name, text, faults } of [
  { name: 'a wrong line', text: `${small}www A 1.2.3\n`, faults: [/bad\.zone:5:7: 1\.2\.3 is not an IPv4 address/] },
  { name: 'two wrong lines', text: `${small}www A 1.2.3\nx WHAT\n`, faults: [/bad\.zone:5:7: /, /bad\.zone:6:3: /] },
  {
    name: 'a CNAME beside an A',
    text: `${small}ns1 CNAME x\n`,
    faults: [/bad\.zone:5:1: ns1\.bad\.example\. has a CNAME and A/],
  },
  { name: 'a file without NS', text: '@ 60 SOA a b 1 1 1 1 1\n', faults: [/NS/] },
])
  test(`an import of ${name} names each place and changes nothing`, async () => {
    const { code, out, err } = await run(['zone', 'import', 'bad.example', file('bad.zone', text)])
    assert.equal(code, 1)
    assert.equal(out, '')
    for (const fault of faults) assert.match(err, fault)
    assert.match(err, /nothing was imported/)
    assert.equal((await run(['zone', 'show', 'bad.example'])).code, 1)
  })

test('an import that removes most of a zone is refused, and goes in with --force', async () => {
  const records = Array.from({ length: 20 }, (_, i) => `host${i} A 192.0.2.${i}\n`).join('')
  await json('zone', 'import', 'guard.example', file('guard.zone', small + records))
  const refused = await run(['zone', 'import', 'guard.example', file('less.zone', small)])
  assert.equal(refused.code, 1)
  assert.match(refused.err, /this removes 20 of 23 RRsets .*\n.*--force imports it all the same/)
  const { effects } = await json<{ effects: { removed: number }[] }>(
    'zone',
    'import',
    'guard.example',
    join(folder, 'less.zone'),
    '--force',
  )
  assert.equal(effects[0]?.removed, 20)
})

test('a merge leaves what it does not name, and standard input is a file like any other', async () => {
  await json('zone', 'import', 'merge.example', file('merge.zone', small))
  const { code, err } = await run(['zone', 'import', 'merge.example', '-', '--merge', '--wait'], {
    input: 'new 60 A 192.0.2.7\n',
  })
  assert.equal(code, 0, err)
  const rrsets = await json<{ name: string }[]>('record', 'list', 'merge.example', '--type', 'A')
  assert.deepEqual(
    rrsets.map(({ name }) => name),
    ['new.merge.example.', 'ns1.merge.example.'],
  )
})

test('$INCLUDE is read from the folder of the file, with its origin, and changes nothing after it', async () => {
  mkdirSync(join(folder, 'parts'))
  file('parts/hosts.zone', 'a A 192.0.2.2\n  TXT "below a"\n')
  const { code, err } = await run([
    'zone',
    'import',
    'inc.example',
    file('inc.zone', `${small}$INCLUDE parts/hosts.zone sub\nlast A 192.0.2.3\n`),
  ])
  assert.equal(code, 0, err)
  const rrsets = await json<{ name: string; type: string; ttl: number }[]>('record', 'list', 'inc.example')
  assert.deepEqual(
    rrsets.slice(2).map(({ name, type, ttl }) => `${name} ${ttl} ${type}`),
    ['last.inc.example. 300 A', 'ns1.inc.example. 300 A', 'a.sub.inc.example. 300 A', 'a.sub.inc.example. 300 TXT'],
  )
})

test('$INCLUDE does not leave the folder, neither by its path nor by a symbolic link, and faults stand at their own lines', async () => {
  symlinkSync('/etc/hostname', join(folder, 'parts/link'))
  file('parts/out.zone', 'x A 1.2.3\n$INCLUDE ../../etc/hostname\n$INCLUDE link\n')
  const { code, err } = await run(['zone', 'import', 'out.example', file('out.zone', `${small}$INCLUDE parts/out.zone\n`)])
  assert.equal(code, 1)
  assert.match(err, /parts\/out\.zone:1:5: 1\.2\.3 is not an IPv4 address/)
  assert.match(err, /parts\/out\.zone:2:10: \$INCLUDE \.\.\/\.\.\/etc\/hostname: the path leaves /)
  assert.match(err, /parts\/out\.zone:3:10: \$INCLUDE link: a symbolic link leads out/)
  assert.equal((await run(['zone', 'show', 'out.example'])).code, 1)
})
