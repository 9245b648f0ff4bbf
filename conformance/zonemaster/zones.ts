/** A small internet for one namespace: a root, a top-level domain, reverse zones, and the two zones that are checked. */

/** Addresses that no registry lists as special: checks of name servers ask for that. They exist in the test's namespace alone. */
export const rootAddresses = ['81.2.3.4', '2a0a:1:1::4'] as const
export const servers = [
  { name: 'ns1', ipv4: '81.91.164.5', ipv6: '2a0a:2:2::5' },
  { name: 'ns2', ipv4: '82.102.20.6', ipv6: '2a0a:3:3::6' },
] as const

export const unsigned = 'plain.zone.'
export const signed = 'signed.zone.'
/** Like the first, with an EXPIRE that no secondary could live with. */
export const careless = 'careless.zone.'

const soa = (mname: string, rname: string) => `@ 3600 SOA ${mname} ${rname} 1 14400 3600 1209600 3600`

/** The zones under test: values that Zonemaster asks for, and a mail domain for the SOA's RNAME. */
export const checkedZone = [
  '$TTL 3600',
  soa('ns1', 'hostmaster'),
  ...servers.flatMap(({ name, ipv4, ipv6 }) => [`@ NS ${name}`, `${name} A ${ipv4}`, `${name} AAAA ${ipv6}`]),
  '@ MX 10 mail',
  '@ TXT "v=spf1 mx -all"',
  'mail A 81.91.164.7',
  'www A 81.91.164.8',
  '',
].join('\n')

const [root4, root6] = rootAddresses
const rootServer = 'a.root-servers.zone.'
const rootApex = ['$TTL 3600', soa(rootServer, 'hostmaster.zone.'), `@ NS ${rootServer}`]
const delegation = (zone: string) =>
  servers.flatMap(({ name, ipv4, ipv6 }) => [
    `${zone} NS ${name}.${zone}`,
    `${name}.${zone} A ${ipv4}`,
    `${name}.${zone} AAAA ${ipv6}`,
  ])

/** Zone files of the server that stands for the rest of the world. `ds` are the DS RRs of the signed zone. */
export function worldZones(ds: string): readonly { readonly apex: string; readonly text: string }[] {
  const root = [...rootApex, `zone. NS ${rootServer}`, `${rootServer} A ${root4}`, `${rootServer} AAAA ${root6}`]
  const top = [
    ...rootApex,
    `${rootServer} A ${root4}`,
    `${rootServer} AAAA ${root6}`,
    ...delegation(unsigned),
    ...delegation(signed),
    ...delegation(careless),
    ds,
  ]
  const reverse = servers.flatMap(({ name, ipv4, ipv6 }) => [
    `${ipv4.split('.').toReversed().join('.')}.in-addr.arpa. PTR ${name}.${unsigned}`,
    `${nibbles(ipv6)}.ip6.arpa. PTR ${name}.${unsigned}`,
  ])
  return [
    { apex: '.', text: [...root, `arpa. NS ${rootServer}`, ''].join('\n') },
    { apex: 'zone.', text: [...top, ''].join('\n') },
    { apex: 'arpa.', text: [...rootApex, ...reverse, ''].join('\n') },
  ]
}

export const hints = [
  `. 3600000 NS ${rootServer}`,
  `${rootServer} 3600000 A ${root4}`,
  `${rootServer} 3600000 AAAA ${root6}`,
  '',
].join('\n')

/** The digits of an address with one `::`, the last first, a dot between them. */
function nibbles(address: string): string {
  const [head = '', tail = ''] = address.split('::')
  const groups = (text: string) =>
    text
      .split(':')
      .filter((group) => group !== '')
      .map((group) => group.padStart(4, '0'))
  const before = groups(head)
  const after = groups(tail)
  const digits = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0000'), ...after].join('')
  return [...digits].toReversed().join('.')
}
