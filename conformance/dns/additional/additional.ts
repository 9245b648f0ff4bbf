/** Addresses that come with an answer (RFC 1035 §3.3.9, RFC 2782, RFC 7505, RFC 9460 §4.1). */
import type { Behaviour } from '../lib/behaviour.ts'

const nsd = 'minimal responses leave the addresses out'
const mail = ['mail.% 300 A 192.0.2.25', 'mail.% 300 AAAA 2001:db8::25']
const www = ['www.% 300 A 192.0.2.1', 'www.% 300 A 192.0.2.2', 'www.% 300 AAAA 2001:db8::1']

export const behaviour: Behaviour = {
  title: 'the additional section',
  cases: [
    {
      name: 'of MX',
      ask: '% MX',
      want: { answer: ['% 300 MX 10 mail.%', '% 300 MX 20 mx.elsewhere.example.'], additional: mail },
      differs: { nsd },
    },
    {
      name: 'of SRV',
      ask: '_sip._tcp.% SRV',
      want: { answer: ['_sip._tcp.% 300 SRV 0 5 5060 www.%'], additional: www },
      differs: { nsd },
    },
    {
      name: 'none for "no such service"',
      ask: '_none._tcp.% SRV',
      want: { answer: ['_none._tcp.% 300 SRV 0 0 0 .'], additional: [] },
    },
    { name: 'none for a null MX', ask: 'mx-null.% MX', want: { answer: ['mx-null.% 300 MX 0 .'], additional: [] } },
    {
      name: 'an alias is not followed (RFC 2181 §10.3)',
      ask: 'mx-alias.% MX',
      want: { answer: ['mx-alias.% 300 MX 10 alias.%'], additional: [] },
    },
    {
      name: 'none for a name that does not exist',
      ask: 'mx-missing.% MX',
      want: { answer: ['mx-missing.% 300 MX 10 missing.%'], additional: [] },
    },
    {
      name: 'a wildcard stands for a host, too',
      ask: 'mx-wild.% MX',
      want: { answer: ['mx-wild.% 300 MX 10 anything.wild.%'], additional: ['anything.wild.% 300 A 192.0.2.20'] },
      differs: { nsd },
    },
    {
      name: 'glue is not given for MX',
      ask: 'mx-cut.% MX',
      want: { answer: ['mx-cut.% 300 MX 10 ns1.cut.%'], additional: [] },
      differs: { knot: 'gives glue' },
    },
    {
      name: 'of HTTPS',
      ask: 'https.% HTTPS',
      want: { answer: ['https.% 300 HTTPS 0 www.%'], additional: www },
      differs: { nsd },
    },
    {
      name: 'of SVCB whose target is its owner',
      ask: 'svcb.% SVCB',
      want: { answer: ['svcb.% 300 SVCB 1 . alpn=h2'], additional: ['svcb.% 300 A 192.0.2.4'] },
      differs: { knot: 'gives none', nsd },
    },
    {
      name: 'through an alias',
      ask: 'x.wild-mx.% MX',
      want: { answer: ['x.wild-mx.% 300 MX 10 mail.%'], additional: mail },
      differs: { nsd },
    },
  ],
}
