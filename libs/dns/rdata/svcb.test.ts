/** SVCB and HTTPS, by the vectors of RFC 9460 appendix D. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { decodeHex, encodeHex } from '../base-encodings.ts'
import { TYPE } from '../types.ts'
import { WireError } from '../violation.ts'
import { formatRDATA } from './format.ts'
import { parseRDATAText } from './parse.ts'
import { RDATAError } from './token.ts'
import { validateRDATA } from './validate.ts'

/** foo.example.com. and foo.example.org. */
const com = '03666F6F076578616D706C6503636F6D00'
const org = '03666F6F076578616D706C65036F726700'

for (const { figure, text, hex, written } of [
  { figure: 'D.1 alias', text: '0 foo.example.com.', hex: `0000${com}` },
  { figure: 'D.2 target is the owner', text: '1 .', hex: '000100' },
  { figure: 'D.2 port', text: '16 foo.example.com. port=53', hex: `0010${com}000300020035` },
  {
    figure: 'D.2 generic key',
    text: '1 foo.example.com. key667=hello',
    hex: `0001${com}029B000568656C6C6F`,
    written: '1 foo.example.com. key667="hello"',
  },
  { figure: 'D.2 escaped octet', text: '1 foo.example.com. key667="hello\\210qoo"', hex: `0001${com}029B000968656C6C6FD2716F6F` },
  {
    figure: 'D.2 two IPv6 hints',
    text: '1 foo.example.com. ( ipv6hint="2001:db8::1,2001:db8::53:1" )',
    hex: `0001${com}0006002020010DB800000000000000000000000120010DB8000000000000000000530001`,
    written: '1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1',
  },
  {
    figure: 'D.2 IPv6 hint in IPv4-embedded form',
    text: '1 example.com. ipv6hint="2001:db8:122:344::192.0.2.33"',
    hex: '0001076578616D706C6503636F6D000006001020010DB80122034400000000C0000221',
    written: '1 example.com. ipv6hint=2001:db8:122:344::c000:221',
  },
  {
    figure: 'D.2 keys and mandatory in any order',
    text: '16 foo.example.org. (alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1)',
    hex: `0010${org}0000000400010004000100090268320568332D313900040004C0000201`,
    written: '16 foo.example.org. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1',
  },
  {
    figure: 'D.2 escaped comma and backslash in quotes',
    text: '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
    hex: `0010${org}0001000C08665C6F6F2C626172026832`,
  },
  {
    figure: 'D.2 escaped comma and backslash without quotes',
    text: '16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2',
    hex: `0010${org}0001000C08665C6F6F2C626172026832`,
    written: '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
  },
  { figure: '§7.1 no-default-alpn', text: '1 . alpn="h2" no-default-alpn', hex: '0001000001000302683200020000' },
  {
    figure: '§7.1 no-default-alpn with an empty value',
    text: '1 . alpn="h2" no-default-alpn=""',
    hex: '0001000001000302683200020000',
    written: '1 . alpn="h2" no-default-alpn',
  },
  { figure: '§2.1 a known key in generic form', text: '1 . key3=\\000\\053', hex: '000100000300020035', written: '1 . port=53' },
  { figure: '§2.1 a key without a value', text: '1 . key65000', hex: '000100FDE80000' },
  {
    figure: 'RFC 9461 §5 dohpath',
    text: '1 . dohpath="/dns-query{?dns}"',
    hex: '000100000700102F646E732D71756572797B3F646E737D',
  },
  { figure: 'RFC 9540 §4 ohttp', text: '1 . ohttp', hex: '00010000080000', written: '1 . key8' },
  { figure: '§2.1 ech', text: '1 . ech=AEj+', hex: '000100000500030048FE' },
]) {
  test(`HTTPS ${figure}`, () => {
    const rdata = parseRDATAText(TYPE.HTTPS, text)
    assert.equal(encodeHex(rdata), hex)
    validateRDATA(TYPE.HTTPS, rdata)
    assert.equal(formatRDATA(TYPE.HTTPS, rdata), written ?? text)
  })
}

for (const { figure, text } of [
  { figure: 'D.3 a key twice', text: '1 foo.example.com. ( key123=abc key123=def )' },
  { figure: 'D.3 mandatory without a value', text: '1 foo.example.com. mandatory' },
  { figure: 'D.3 alpn without a value', text: '1 foo.example.com. alpn' },
  { figure: 'D.3 port without a value', text: '1 foo.example.com. port' },
  { figure: 'D.3 ipv4hint without a value', text: '1 foo.example.com. ipv4hint' },
  { figure: 'D.3 ipv6hint without a value', text: '1 foo.example.com. ipv6hint' },
  { figure: 'D.3 no-default-alpn with a value', text: '1 foo.example.com. no-default-alpn=abc' },
  { figure: 'D.3 a mandatory key is missing', text: '1 foo.example.com. mandatory=key123' },
  { figure: 'D.3 mandatory lists itself', text: '1 foo.example.com. mandatory=mandatory' },
  { figure: 'D.3 mandatory lists a key twice', text: '1 foo.example.com. ( mandatory=key123,key123 key123=abc )' },
  { figure: '§7.1.1 no-default-alpn alone', text: '1 . no-default-alpn' },
  { figure: '§7.1.1 an empty protocol id', text: '1 . alpn=h2,,h3' },
  { figure: '§2.1 leading zeros in a key', text: '1 . key0667=x' },
  { figure: '§2.1 a key above 65535', text: '1 . key65536=x' },
  { figure: '§2.1 a known key in upper case', text: '1 . ALPN=h2' },
  { figure: '§2.1 a known key twice, once in generic form', text: '1 . port=53 key3=\\000\\053' },
  { figure: '§2.1 a known key in generic form with a wrong length', text: '1 . key3=abc' },
  { figure: '§7.2 a port above 65535', text: '1 . port=65536' },
  { figure: '§7.3 a hint that is no address', text: '1 . ipv4hint=192.0.2.1,::1' },
  { figure: '§2.1 no target', text: '1' },
])
  test(`refused: HTTPS ${figure}`, () => assert.throws(() => parseRDATAText(TYPE.HTTPS, text), RDATAError))

for (const { name, hex } of [
  { name: 'keys out of order (§2.2)', hex: '000100000400040102030400010003026832' },
  { name: 'a key twice (§2.2)', hex: '000100000300020035000300020035' },
  { name: 'a value past the end (§2.2)', hex: '000100000300030035' },
  { name: 'a cut key (§2.2)', hex: '0001000003' },
  { name: 'a port of one octet (§7.2)', hex: '0001000003000135' },
  { name: 'an IPv4 hint of three octets (§7.3)', hex: '00010000040003010203' },
  { name: 'an empty IPv4 hint (§7.3)', hex: '00010000040000' },
  { name: 'an empty alpn (§7.1.1)', hex: '00010000010000' },
  { name: 'an alpn id past its value (§7.1.1)', hex: '000100000100020568' },
  { name: 'mandatory out of order (§8)', hex: '00010000000004000400010001000302683200040004C0000201' },
  { name: 'a compressed target (§2.2)', hex: '0001C000' },
])
  test(`refused on the wire: ${name}`, () => assert.throws(() => validateRDATA(TYPE.SVCB, decodeHex(hex)!), WireError))
