import assert from 'node:assert/strict'
import { test } from 'vitest'
import { nameDisplay } from './unicode-name.ts'

for (const { name, text, shown } of [
  { name: 'plain names stay as they are', text: 'www.example.', shown: 'www.example.' },
  { name: 'U-labels stand behind', text: 'xn--bcher-kva.example.', shown: 'xn--bcher-kva.example. (bücher.example.)' },
  { name: 'every label counts, in any case', text: 'XN--BCHER-KVA.xn--p1ai.', shown: 'XN--BCHER-KVA.xn--p1ai. (bücher.рф.)' },
  { name: 'stars and underscores stay', text: '*._tcp.xn--bcher-kva.', shown: '*._tcp.xn--bcher-kva. (*._tcp.bücher.)' },
  { name: 'numbers are no addresses', text: '1.2.3.xn--bcher-kva.', shown: '1.2.3.xn--bcher-kva. (1.2.3.bücher.)' },
  { name: 'what is no A-label stays', text: 'xn--a-.example.', shown: 'xn--a-.example.' },
  { name: 'an A-label of a mapped letter stays', text: 'xn--1ch.example.', shown: 'xn--1ch.example. (≠.example.)' },
  { name: 'an octet as \\DDD is no end of a label', text: 'a\\.xn--bcher-kva.example.', shown: 'a\\.xn--bcher-kva.example.' },
])
  test(`nameDisplay: ${name}`, async () => assert.equal((await nameDisplay([text]))(text), shown))
