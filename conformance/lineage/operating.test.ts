/** docs/operating/backup.md: its commands work as printed, one block after the other, with what is done by hand in between. */
import { strict as assert } from 'node:assert'
import { afterAll, test } from 'vitest'
import { blocksOf, Machine } from '../lib/docs-page.ts'
import { until } from '../lib/until.ts'

const blocks = blocksOf('backup.md')
const machine = new Machine()
afterAll(() => machine.close())

const follow = (text: string) => machine.follow(text.replaceAll('/var/backups/zonecast', machine.folder))

test('every command of the page works, from top to bottom', async () => {
  assert.equal(blocks.length, 5)
  const [backup, restore, adopt, status, recover] = blocks as [string, string, string, string, string]
  await machine.start()
  await follow('npx zonectl zone create kept.example --ns ns1.dns.example --wait')
  assert.match(await follow(backup), /zones +1 with 2 records/)
  await follow('npx zonectl zone create later.example --ns ns1.dns.example --wait')
  await machine.stop()
  assert.match(await follow(restore), /zones +1 with 2 records/)
  await machine.start()
  await assert.rejects(follow('npx zonectl zone create new.example --ns ns1.dns.example'), /zonectl db adopt/)
  await assert.rejects(follow('npx zonectl status'), { code: 69, stderr: /the lineage is not sound/ })
  assert.match(await follow(adopt), /restored[^]*later\.example\./)
  // The edge knows what no head names once it has compared. While the zone API starts anew, it cannot tell who asks.
  const isListed = async () => /orphans +later\.example\./.test(await follow(status).catch(String))
  await until('the orphan is listed', isListed)
  assert.match(await follow('npx zonectl query later.example SOA --short'), /hostmaster/)
  assert.match(await follow(recover), /would be[^]*ANSWERED/)
  assert.match(await follow('npx zonectl zone history later.example'), /ImportZone/)
})
