/** Every name of the nasty zones and many that are not in them, times every type, with and without DO: ours against BIND. */
import { strict as assert } from 'node:assert'
import { formatName, isAtOrBelow, parseName, TYPE, typeFromText, typeToText, type Message } from '@zonecast/dns'
import { askMany, essence, type Asked } from '../lib/ask-many.ts'
import type { Behaviour } from '../lib/behaviour.ts'
import { nastyZone, zones } from '../lib/zone-text.ts'

const owners = [
  ...new Set(
    nastyZone
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('$'))
      .map((line) => line.split(' ')[0]!),
  ),
]

/** Beside and below what there is. */
const strangers =
  'nothing x.nothing x.wild y.x.wild x.host.wild b.ent.wild wild x.wild-alias x.wild-mx x.wild-out star *.star y.*.star b.a.*.nested a.*.nested ' +
  '*.nested b.*.nested x.b.ent ent b.ent x.dname y.x.dname host.dname deep.host.dname alias.dname x.dname-out host.dname-missing x.dname-wild ' +
  'ns1.dname-cut x.dname-long host.dname-chain x.cut x.occluded.cut x.ns1.cut x.secure x.sibling1 x.cut-no-glue b.deep-cut deep-cut ' +
  'x.a.b.deep-cut x.kid www.kid y.x.kid x.big-cut _tcp * x.www x.alias WWW x.mixedcase _ zzz -'
const types = 'A AAAA NS SOA CNAME DNAME MX TXT DS DNSKEY NSEC RRSIG SRV PTR TYPE65280 CDS NSEC3 NSEC3PARAM HTTPS SVCB NAPTR'

/** Where BIND does something else, and we do not follow. */
const exceptions: readonly { readonly why: string; readonly isHere: (asked: Asked, apex: string) => boolean }[] = [
  {
    why: 'loops and chains of more than eleven links are SERVFAIL in BIND',
    isHere: ({ name }) => /loop|alias-self|link\d|grow/.test(formatName(name)),
  },
  {
    why: 'BIND gives no referral behind an alias into another zone of the server',
    isHere: ({ name }) => formatName(name).startsWith('alias-kid.'),
  },
  {
    why: 'BIND gives only glue with a referral, not addresses of other servers in the zone',
    isHere: ({ name }, apex) => isAtOrBelow(name, parseName(`cut-ns-in-zone.${apex}`)),
  },
  {
    why: 'BIND adds no addresses of more than a dozen hosts',
    isHere: ({ name, type }) => type === TYPE.MX && formatName(name).startsWith('mx-many.'),
  },
]

function questionsOf(apex: string): Asked[] {
  const names = [...owners, ...strangers.split(' ')].map((text) => parseName(text === '@' ? apex : text, parseName(apex)))
  const wanted = types.split(' ').map((text) => typeFromText(text) as number)
  return names.flatMap((name) => wanted.flatMap((type) => [false, true].map((dnssecOk) => ({ name, type, dnssecOk }))))
}

const textOf = ({ name, type, dnssecOk }: Asked) => `${formatName(name)} ${typeToText(type)}${dnssecOk ? ' +dnssec' : ''}`
const differ = (a: Message, b: Message) => essence(a).join('\n') !== essence(b).join('\n')

export const behaviour: Behaviour = {
  title: 'names × types against BIND',
  own: zones.map(({ apex, denial }) => ({
    name: `${apex} (${denial})`,
    run: async (world) => {
      const questions = questionsOf(apex)
      assert.ok(questions.length > 6_000)
      const [ours, theirs] = await Promise.all([
        askMany(world.addressOf('ours'), questions),
        askMany(world.addressOf('bind'), questions),
      ])
      // The second time an edge may answer from what it has kept.
      const again = await askMany(world.addressOf('ours'), questions)
      const changed = questions.filter((_, i) => differ(ours[i]!, again[i]!)).map(textOf)
      assert.deepEqual(changed, [], 'answers that are others the second time')
      const needed = new Set<string>()
      const wrong: string[] = []
      for (const [i, asked] of questions.entries()) {
        if (!differ(ours[i]!, theirs[i]!)) continue
        const exception = exceptions.find(({ isHere }) => isHere(asked, apex))
        if (exception) needed.add(exception.why)
        else wrong.push(textOf(asked))
      }
      assert.deepEqual(wrong, [], 'answers that BIND gives otherwise')
      const all = exceptions.map(({ why }) => why)
      assert.deepEqual(
        all.filter((why) => !needed.has(why)),
        [],
        'exceptions that no question needs any more',
      )
    },
  })),
}
