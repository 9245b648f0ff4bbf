/** Searching across zones finds what going through all records finds. */
import { create } from '@bufbuild/protobuf'
import { FindRRsetsRequestSchema, SearchService } from '@zonecast/contract/generated/zonecast/zone/v1/search_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ImportMode, ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { strict as assert } from 'node:assert'
import { afterAll, beforeAll, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

interface Line {
  readonly zone: string
  readonly name: string
  readonly type: string
  readonly values: readonly string[]
}

const placements: Readonly<Record<string, string>> = { 'b.example.': 'far', 'deep.a.example.': 'far' }
const nsec3 = '2t7b4g4vsa5smi47k61mv5bv1a22bojr'
/** More zones than one read looks at. */
const small = Array.from({ length: 250 }, (_, i) => [`s${i}.small.test.`, `www A 203.0.113.${i % 250}`] as const)
const files: Readonly<Record<string, string>> = {
  ...Object.fromEntries(small),
  'a.example.':
    'www A 192.0.2.1\nWWW.x A 192.0.2.2\nmail MX 10 Mail.Provider.net.\nt TXT "Hello, World" "wide"\nsix AAAA 2001:db8::1',
  'b.example.':
    'www A 192.0.2.1\nwww A 192.0.2.9\nwww6 AAAA 2001:db8:0:0::1\n\\046dot CNAME www\n' +
    `${nsec3} NSEC3 1 1 12 aabbccdd 2vptu5timamqttgl4luu9kg21e0aor3s A RRSIG`,
  'deep.a.example.': `deeper A 192.0.2.3\n${Array.from({ length: 3000 }, (_, i) => `h${i} A 198.51.100.${i % 250}`).join('\n')}`,
  'other.test.': Array.from({ length: 500 }, (_, i) => `many TXT "value ${i} ${'x'.repeat(70)}"`).join('\n'),
}

let server: TestServer
const lines: Line[] = []
beforeAll(async () => {
  server = await startTestServer()
  async function* parts() {
    for (const [zone, text] of Object.entries(files)) {
      const settings = { placement: placements[zone] ?? 'default' }
      yield {
        part: { case: 'header' as const, value: { zone, mode: ImportMode.REPLACE, settings } },
      }
      const head = `$ORIGIN ${zone}\n$TTL 300\n@ SOA ns hostmaster 1 7200 3600 1209600 300\n@ NS ns.example.net.\n`
      yield { part: { case: 'data' as const, value: Buffer.from(`${head}${text}\n`) } }
    }
  }
  const { outcomes } = await server.client(ZoneService).importZone(parts())
  assert.deepEqual(
    outcomes.flatMap(({ errors }) => errors),
    [],
  )
  const settings = { placement: 'far' }
  const zones = server.client(ZoneService)
  await zones.updateZone({ zone: 'b.example.', settings, setTags: { team: 'web', critical: '' } })
  await zones.updateZone({ zone: 'deep.a.example.', settings, setTags: { team: 'ops' } })
  for (const { name: zone } of (await server.client(ZoneService).listZones({ pageSize: 1000 })).zones) {
    for (let pageToken = '', isFirst = true; isFirst || pageToken !== ''; isFirst = false) {
      const page = await server.client(RecordService).listRRsets({ zone, pageSize: 1000, pageToken })
      lines.push(...page.rrsets.map(({ name, type, values }) => ({ zone, name, type, values })))
      pageToken = page.nextPageToken
    }
  }
})
afterAll(() => server.close())

test('record find --value showed values beside the one that was asked for', async () => {
  const fitting: string[][] = []
  for (const value of [exact('192.0.2.9'), contains('2.0.2.'), undefined]) {
    const request = create(FindRRsetsRequestSchema, { name: exact('www.b.example'), type: 'A', ...(value && { value }) })
    for await (const { found } of server.client(SearchService).findRRsets(request)) {
      for (const { rrset, fitting: places } of found) fitting.push(places.map((place) => rrset!.values[place]!))
    }
  }
  assert.deepEqual(fitting, [['192.0.2.9'], ['192.0.2.1', '192.0.2.9'], []])
})

async function find(request: MessageInitShape<typeof FindRRsetsRequestSchema>) {
  const found: Line[] = []
  let nextPageToken = ''
  for await (const message of server.client(SearchService).findRRsets(create(FindRRsetsRequestSchema, request))) {
    found.push(...message.found.map(({ zone, rrset }) => ({ zone, name: rrset!.name, type: rrset!.type, values: rrset!.values })))
    nextPageToken = message.nextPageToken
  }
  return { found, nextPageToken }
}

const has = (text: string) => (line: Line) => line.values.some((value) => value.toLowerCase().includes(text))
const exact = (value: string) => ({ match: { case: 'exact' as const, value } })
const suffix = (value: string) => ({ match: { case: 'suffix' as const, value } })
const contains = (value: string) => ({ match: { case: 'contains' as const, value } })

for (const { name, request, wanted } of [
  { name: 'everything', request: {}, wanted: () => true },
  { name: 'a type', request: { type: 'AAAA' }, wanted: ({ type }: Line) => type === 'AAAA' },
  { name: 'a name', request: { name: exact('WWW.a.example') }, wanted: (line: Line) => line.name === 'www.a.example.' },
  { name: 'an apex', request: { name: exact('b.example') }, wanted: (line: Line) => line.name === 'b.example.' },
  {
    name: 'names below a name that is no zone',
    request: { name: suffix('example') },
    wanted: (line: Line) => line.name.endsWith('.example.'),
  },
  {
    name: 'names below a name within a zone',
    request: { name: suffix('x.a.example') },
    wanted: (line: Line) => line.name.toLowerCase() === 'www.x.a.example.',
  },
  {
    name: 'names below a zone',
    request: { name: suffix('a.example.') },
    wanted: (line: Line) => line.name.endsWith('.a.example.') || line.name === 'a.example.',
  },
  {
    name: 'names that hold a text',
    request: { name: contains('Ww') },
    wanted: (line: Line) => line.name.toLowerCase().includes('ww'),
  },
  {
    name: 'names that hold a dot between labels',
    request: { name: contains('w.x.') },
    wanted: (line: Line) => line.name.toLowerCase().includes('w.x.'),
  },
  {
    name: 'names that hold an escape',
    request: { name: contains('\\.dot') },
    wanted: (line: Line) => line.name.includes('\\.dot'),
  },
  { name: 'an address', request: { value: exact('192.0.2.1') }, wanted: (line: Line) => line.values.includes('192.0.2.1') },
  { name: 'an address in another spelling', request: { value: exact('2001:DB8::0:1') }, wanted: has('2001:db8::1') },
  {
    name: 'a mail server in another case',
    request: { value: exact('10 mail.provider.NET') },
    wanted: has('10 mail.provider.net.'),
  },
  { name: 'a part of an address', request: { value: contains('192.0.2') }, wanted: has('192.0.2') },
  { name: 'a part of a name in a value', request: { value: contains('provider.') }, wanted: has('provider.') },
  { name: 'a part of a text', request: { value: contains('o, w') }, wanted: has('o, w') },
  { name: 'a text over two strings', request: { value: contains('d" "w') }, wanted: has('d" "w') },
  { name: 'an RRset that spans pages', request: { value: contains('value 499 ') }, wanted: has('value 499 ') },
  {
    name: 'a placement',
    request: { zones: { placement: 'far' }, type: 'A' },
    wanted: (line: Line) => line.type === 'A' && placements[line.zone] === 'far',
  },
  {
    name: 'zones by tag',
    request: { zones: { tag: { tag: 'team', value: 'web' } } },
    wanted: (line: Line) => line.zone === 'b.example.',
  },
  {
    name: 'zones by suffix',
    request: { zones: { name: suffix('a.example') }, type: 'SOA' },
    wanted: (line: Line) => line.type === 'SOA' && line.zone.endsWith('a.example.'),
  },
  {
    name: 'one zone and a name that holds a text',
    request: { zones: { name: exact('deep.a.example') }, name: contains('h29') },
    wanted: (line: Line) => line.zone === 'deep.a.example.' && line.name.includes('h29'),
  },
  {
    name: 'a name of NSEC3',
    request: { name: exact(`${nsec3}.b.example`) },
    wanted: (line: Line) => line.type === 'NSEC3',
  },
  { name: 'NSEC3', request: { type: 'NSEC3' }, wanted: (line: Line) => line.type === 'NSEC3' },
  {
    name: 'an address in many zones',
    request: { zones: { name: suffix('small.test') }, value: exact('203.0.113.7') },
    wanted: (line: Line) => line.zone.endsWith('.small.test.') && line.values.includes('203.0.113.7'),
  },
  { name: 'a name that is not there', request: { name: exact('nowhere.a.example') }, wanted: () => false },
]) {
  test(`a search for ${name} finds what is there, at once and page by page`, async () => {
    const expected = lines.filter(wanted)
    assert.deepEqual((await find(request)).found, expected)
    for (const limit of expected.length < 20 ? [1, 400] : [400]) {
      const paged: Line[] = []
      for (let pageToken = '', isFirst = true; isFirst || pageToken !== ''; isFirst = false) {
        const page = await find({ ...request, limit, pageToken })
        paged.push(...page.found)
        pageToken = page.nextPageToken
      }
      assert.deepEqual(paged, expected)
    }
  })
}

for (const { name, filter, expected } of [
  { name: 'a name', filter: { name: exact('B.example') }, expected: ['b.example.'] },
  { name: 'a suffix', filter: { name: suffix('a.example') }, expected: ['a.example.', 'deep.a.example.'] },
  { name: 'a text', filter: { name: contains('OTHER') }, expected: ['other.test.'] },
  { name: 'a placement', filter: { placement: 'far' }, expected: ['deep.a.example.', 'b.example.'] },
  { name: 'a tag of the zone', filter: { tag: { tag: 'team' } }, expected: ['deep.a.example.', 'b.example.'] },
  { name: 'a tag with a value', filter: { tag: { tag: 'team', value: 'web' } }, expected: ['b.example.'] },
  { name: 'both', filter: { name: suffix('example'), placement: 'default' }, expected: ['a.example.'] },
]) {
  test(`zones are listed by ${name}, page by page`, async () => {
    const found: string[] = []
    for (let pageToken = '', isFirst = true; isFirst || pageToken !== ''; isFirst = false) {
      const page = await server.client(ZoneService).listZones({ filter, pageSize: 1, pageToken })
      found.push(...page.zones.map(({ name: zone }) => zone))
      pageToken = page.nextPageToken
    }
    assert.deepEqual(found, expected)
  })
}
