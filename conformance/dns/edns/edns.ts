/** EDNS as it should be (RFC 6891, RFC 8906 §8.2). */
import type { Behaviour } from '../lib/behaviour.ts'

const answer = ['mail.% 300 A 192.0.2.25']

export const behaviour: Behaviour = {
  title: 'EDNS',
  cases: [
    { name: 'no OPT for who sends none', ask: 'mail.% A +noedns', want: { answer, edns: 'none' } },
    { name: 'version 0 (RFC 8906 §8.2.1)', ask: 'mail.% A +edns=0', want: { answer, edns: '0' } },
    {
      name: 'a later version is BADVERS with ours (§8.2.2)',
      ask: 'mail.% A +edns=1 +noednsnegotiation',
      want: { rcode: 'BADVERS', flags: '', edns: '0' },
    },
    { name: 'the latest, too', ask: 'mail.% A +edns=255 +noednsnegotiation', want: { rcode: 'BADVERS', flags: '', edns: '0' } },
    { name: 'an unknown option is ignored (§8.2.3)', ask: 'mail.% A +ednsopt=100', want: { answer, edns: '0' } },
    { name: 'an unknown option with content', ask: 'mail.% A +ednsopt=100:0badcafe', want: { answer, edns: '0' } },
    {
      name: 'unknown flags are ignored and not sent back (§8.2.4)',
      ask: 'mail.% A +ednsflags=0x0080',
      want: { answer, edns: '0' },
    },
    {
      name: 'a later version with unknown flags (§8.2.5)',
      ask: 'mail.% A +edns=1 +noednsnegotiation +ednsflags=0x80',
      want: { rcode: 'BADVERS', flags: '', edns: '0' },
    },
    {
      name: 'a later version with an unknown option (§8.2.6)',
      ask: 'mail.% A +edns=1 +noednsnegotiation +ednsopt=100',
      want: { rcode: 'BADVERS', flags: '', edns: '0' },
    },
    { name: 'DO comes back (RFC 3225)', ask: 'mail.% A +dnssec', want: { answer, edns: '0 do' } },
    {
      name: 'several known options at once (§8.2.9)',
      ask: 'mail.% A +nsid +ednsopt=8:00010000 +ednsopt=9',
      want: { answer, edns: '0 NSID' },
    },
    { name: 'a large buffer', ask: 'mail.% A +bufsize=65535', want: { answer, edns: '0' } },
    { name: 'a buffer of 0 counts as 512', ask: 'mail.% A +bufsize=0', want: { answer } },
    { name: 'OPT with an error', ask: 'nothing.% A', want: { rcode: 'NXDOMAIN', authority: ['SOA'], edns: '0' } },
    {
      name: 'OPT as a type is FORMERR',
      ask: 'mail.% OPT',
      want: { rcode: 'FORMERR', flags: '' },
      differs: { knot: 'takes it for a type like others', nsd: 'takes it for a type like others' },
    },
  ],
}
