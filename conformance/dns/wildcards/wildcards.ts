/** Wildcards (RFC 4592). */
import type { Behaviour } from '../lib/behaviour.ts'

export const behaviour: Behaviour = {
  title: 'wildcards',
  cases: [
    { name: 'it stands for a name that does not exist', ask: 'x.wild.% A', want: { answer: ['x.wild.% 300 A 192.0.2.20'] } },
    { name: 'and for names several labels below', ask: 'x.y.z.wild.% A', want: { answer: ['x.y.z.wild.% 300 A 192.0.2.20'] } },
    { name: 'its other types are no data', ask: 'x.wild.% AAAA', want: { authority: ['SOA'] } },
    { name: 'a name that exists hides it', ask: 'host.wild.% TXT', want: { authority: ['SOA'] } },
    { name: 'and hides it below', ask: 'x.host.wild.% A', want: { rcode: 'NXDOMAIN', authority: ['SOA'] } },
    { name: 'an empty non-terminal hides it below, too', ask: 'x.ent.wild.% A', want: { rcode: 'NXDOMAIN', authority: ['SOA'] } },
    { name: 'its parent is not covered', ask: 'wild.% A', want: { authority: ['SOA'] } },
    {
      name: 'asked for by its own name it is a name like others',
      ask: '*.wild.% A',
      want: { answer: ['*.wild.% 300 A 192.0.2.20'] },
    },
    {
      name: 'below it there are names like others',
      ask: 'below.*.wild.% TXT',
      want: { answer: ['below.*.wild.% 300 TXT "below the wildcard itself"'] },
    },
    {
      name: 'it does not stand for what would be below itself',
      ask: 'other.*.wild.% A',
      want: { rcode: 'NXDOMAIN', authority: ['SOA'] },
    },
    {
      name: 'an alias in it',
      ask: 'x.wild-alias.% A',
      want: { answer: ['x.wild-alias.% 300 CNAME www.%', 'www.% 300 A 192.0.2.1', 'www.% 300 A 192.0.2.2'] },
    },
    { name: 'CNAME asked of it', ask: 'x.wild-alias.% CNAME', want: { answer: ['x.wild-alias.% 300 CNAME www.%'] } },
    {
      name: 'an alias in it that leads out',
      ask: 'x.wild-out.% A',
      want: { answer: ['x.wild-out.% 300 CNAME www.elsewhere.example.'] },
    },
    {
      name: 'an alias to a name it stands for',
      ask: 'alias-wild.% A',
      want: { answer: ['alias-wild.% 300 CNAME something.wild.%', 'something.wild.% 300 A 192.0.2.20'] },
    },
    { name: 'as an empty non-terminal it gives no data', ask: 'y.star.% TXT', want: { authority: ['SOA'] } },
    { name: 'an asterisk in the middle of a name means nothing', ask: 'x.y.star.% TXT', want: { authority: ['SOA'] } },
    { name: 'one below another', ask: 'b.a.*.nested.% TXT', want: { answer: ['b.a.*.nested.% 300 TXT "nested"'] } },
    { name: 'and not below what the upper one stands for', ask: 'b.a.x.nested.% TXT', want: { authority: ['SOA'] } },
    { name: 'the child zone has its own', ask: 'x.kid.% TXT', want: { answer: ['x.kid.% 300 TXT "wildcard of the child"'] } },
  ],
}
