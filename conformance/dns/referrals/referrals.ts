/** Delegations (RFC 1034 §4.3.2 step 3b, RFC 9471). */
import type { Behaviour } from '../lib/behaviour.ts'

const cut = {
  flags: '',
  authority: ['cut.% 300 NS ns1.cut.%', 'cut.% 300 NS ns.elsewhere.example.'],
  additional: ['ns1.cut.% 300 A 192.0.2.40', 'ns1.cut.% 300 AAAA 2001:db8::40'],
}

export const behaviour: Behaviour = {
  title: 'referrals',
  cases: [
    { name: 'below a cut, without AA, with glue', ask: 'x.cut.% A', want: cut },
    { name: 'at the cut itself', ask: 'cut.% A', want: cut },
    { name: 'NS at the cut is a referral, too', ask: 'cut.% NS', want: cut },
    { name: 'glue is no answer', ask: 'ns1.cut.% A', want: cut },
    { name: 'what stands below a cut is out of sight', ask: 'occluded.cut.% TXT', want: cut },
    { name: 'CNAME, MX and SOA there, too', ask: 'cut.% SOA', want: cut },
    {
      name: 'without glue where there is none',
      ask: 'x.cut-no-glue.% A',
      want: { flags: '', authority: ['cut-no-glue.% 300 NS ns.elsewhere.example.'], additional: [] },
    },
    {
      name: 'a cut below empty non-terminals',
      ask: 'x.a.b.deep-cut.% A',
      want: {
        flags: '',
        authority: ['a.b.deep-cut.% 300 NS ns1.a.b.deep-cut.%'],
        additional: ['ns1.a.b.deep-cut.% 300 A 192.0.2.43'],
      },
    },
    {
      name: 'glue of a sibling (RFC 9471 §3.2)',
      ask: 'x.sibling1.% A',
      want: { flags: '', authority: ['sibling1.% 300 NS ns.sibling2.%'], additional: ['ns.sibling2.% 300 A 192.0.2.42'] },
    },
    {
      name: 'servers inside the zone come with their addresses',
      ask: 'x.cut-ns-in-zone.% A',
      want: {
        flags: '',
        authority: ['cut-ns-in-zone.% 300 NS ns1.%'],
        additional: ['ns1.% 300 A 192.0.2.53', 'ns1.% 300 AAAA 2001:db8::53'],
      },
      differs: { bind: 'gives no addresses that are not glue' },
    },
    {
      name: 'a zone of the server answers below its own cut',
      ask: 'www.kid.% A',
      want: { answer: ['www.kid.% 300 A 192.0.2.62'] },
    },
    { name: 'and at it', ask: 'kid.% NS', want: { answer: ['kid.% 300 NS ns1.kid.%'] } },
  ],
}
