/** RDATA in wire and presentation format, by vectors of the RFCs. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { decodeHex, encodeHex } from '../base-encodings.ts'
import { parseName } from '../name.ts'
import { typeFromText } from '../types.ts'
import { formatRDATA } from './format.ts'
import { parseRDATAText } from './parse.ts'
import { RDATAError } from './token.ts'
import { validateRDATA } from './validate.ts'

const origin = parseName('example.com.')
const typeOf = (text: string) => typeFromText(text) ?? assert.fail(`${text} is no type`)

/** Text, the wire format it means, and the text we write for that where it differs. */
const vectors: { type: string; rfc: string; text: string; hex: string; written?: string }[] = [
  { type: 'A', rfc: 'RFC 1035 §3.4.1', text: '192.0.2.1', hex: 'C0000201' },
  {
    type: 'AAAA',
    rfc: 'RFC 5952 §4',
    text: '2001:DB8:0:0:1:0:0:1',
    hex: '20010DB8000000000001000000000001',
    written: '2001:db8::1:0:0:1',
  },
  {
    type: 'AAAA',
    rfc: 'RFC 5952 §4.2.2',
    text: '2001:db8::1:1:1:1:1',
    hex: '20010DB8000000010001000100010001',
    written: '2001:db8:0:1:1:1:1:1',
  },
  {
    type: 'AAAA',
    rfc: 'RFC 5952 §5',
    text: '::ffff:c000:0201',
    hex: '00000000000000000000FFFFC0000201',
    written: '::ffff:192.0.2.1',
  },
  { type: 'AAAA', rfc: 'RFC 4291 §2.2', text: '::13.1.68.3', hex: '0000000000000000000000000D014403', written: '::d01:4403' },
  { type: 'AAAA', rfc: 'RFC 4291 §2.5.2', text: '::', hex: '00'.repeat(16) },
  {
    type: 'AAAA',
    rfc: 'RFC 4291 §2.2',
    text: 'ff02:1:1:1:1:1:1::',
    hex: 'FF020001000100010001000100010000',
    written: 'ff02:1:1:1:1:1:1:0',
  },
  { type: 'NS', rfc: 'RFC 1035 §3.3.11', text: 'ns', hex: '026E73076578616D706C6503636F6D00', written: 'ns.example.com.' },
  { type: 'CNAME', rfc: 'RFC 1035 §3.3.1', text: '@', hex: '076578616D706C6503636F6D00', written: 'example.com.' },
  { type: 'DNAME', rfc: 'RFC 6672 §2.1', text: '.', hex: '00' },
  { type: 'PTR', rfc: 'RFC 1035 §3.3.12', text: 'A.b.', hex: '0141016200' },
  {
    type: 'SOA',
    rfc: 'RFC 1035 §3.3.13',
    text: 'ns hostmaster 2026010101 (2h 30m 1w) 3600',
    hex: '026E73076578616D706C6503636F6D000A686F73746D6173746572076578616D706C6503636F6D0078C275F500001C200000070800093A8000000E10',
    written: 'ns.example.com. hostmaster.example.com. 2026010101 7200 1800 604800 3600',
  },
  { type: 'MX', rfc: 'RFC 7505 §3', text: '0 .', hex: '000000' },
  {
    type: 'TXT',
    rfc: 'RFC 1035 §5.1',
    text: '"é€😀"',
    hex: '09C3A9E282ACF09F9880',
    written: '"\\195\\169\\226\\130\\172\\240\\159\\152\\128"',
  },
  { type: 'TXT', rfc: 'RFC 1035 §3.3.14', text: 'a "b c" ""', hex: '01610362206300', written: '"a" "b c" ""' },
  {
    type: 'TXT',
    rfc: 'RFC 1035 §5.1',
    text: '"\\"\\\\\\000\\255" \\;',
    hex: '04225C00FF013B',
    written: '"\\"\\\\\\000\\255" ";"',
  },
  {
    type: 'SRV',
    rfc: 'RFC 2782',
    text: '0 5 5060 sip',
    hex: '0000000513C403736970076578616D706C6503636F6D00',
    written: '0 5 5060 sip.example.com.',
  },
  { type: 'CAA', rfc: 'RFC 8659 §4.2', text: '0 issue "ca1.example.net"', hex: '000569737375656361312E6578616D706C652E6E6574' },
  { type: 'CAA', rfc: 'RFC 8659 §4.3', text: '0 issuewild ""', hex: '0009697373756577696C64' },
  {
    type: 'DS',
    rfc: 'RFC 4034 §5.4',
    text: '60485 RSASHA1 1 ( 2BB183AF5F22588179A53B0A 98631FAD1A292118 )',
    hex: 'EC4505012BB183AF5F22588179A53B0A98631FAD1A292118',
    written: '60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118',
  },
  {
    type: 'DNSKEY',
    rfc: 'RFC 8080 §6.1',
    text: '257 3 15 ( l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4= )',
    hex: '0101030F974D96A22D224BC01ADB915091477D44CCD91C9A41A11430010117D52C59240E',
    written: '257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=',
  },
  {
    type: 'RRSIG',
    rfc: 'RFC 4034 §3.3',
    text: 'A 5 3 86400 20030322173103 ( 20030220173103 2642 example.com. AAEC )',
    hex: '00010503000151803E7C9DD73E5510D70A52076578616D706C6503636F6D00000102',
    written: 'A 5 3 86400 20030322173103 20030220173103 2642 example.com. AAEC',
  },
  {
    type: 'RRSIG',
    rfc: 'RFC 4034 §3.2',
    text: 'TYPE731 5 0 0 4294967295 0 0 . AA==',
    hex: '02DB050000000000FFFFFFFF0000000000000000',
    written: 'TYPE731 5 0 0 21060207062815 19700101000000 0 . AA==',
  },
  {
    type: 'RRSIG',
    rfc: 'RFC 4034 §3.1.5',
    text: 'A 5 0 0 19691231235959 19020101000000 0 . AA==',
    hex: '0001050000000000FFFFFFFF8017E88000000000',
    written: 'A 5 0 0 21060207062815 20380206062816 0 . AA==',
  },
  {
    type: 'NSEC',
    rfc: 'RFC 4034 §4.3',
    text: 'host.example.com. ( A MX RRSIG NSEC TYPE1234 )',
    hex: `04686F7374076578616D706C6503636F6D000006400100000003041B${'00'.repeat(26)}20`,
    written: 'host.example.com. A MX RRSIG NSEC TYPE1234',
  },
  {
    type: 'NSEC3',
    rfc: 'RFC 5155 §A',
    text: '1 1 12 aabbccdd ( 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA NSEC3PARAM RRSIG )',
    hex: '0101000C04AABBCCDD14174EB2409FE28BCB4887A1836F957F0A8425E27B000722010000000290',
    written: '1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM',
  },
  { type: 'NSEC3PARAM', rfc: 'RFC 5155 §4.3', text: '1 0 0 -', hex: '0100000000' },
  { type: 'TLSA', rfc: 'RFC 7218 §2', text: 'DANE-EE SPKI SHA2-256 d2abde24', hex: '030101D2ABDE24', written: '3 1 1 D2ABDE24' },
  {
    type: 'SSHFP',
    rfc: 'RFC 4255 §3.2',
    text: '2 1 123456789abcdef67890123456789abcdef67890',
    hex: '0201123456789ABCDEF67890123456789ABCDEF67890',
    written: '2 1 123456789ABCDEF67890123456789ABCDEF67890',
  },
  {
    type: 'NAPTR',
    rfc: 'RFC 3403 §6.2',
    text: '100 50 "s" "z3950+I2L+I2C" "" _z3950._tcp.gatech.edu.',
    hex: '0064003201730D7A333935302B49324C2B49324300065F7A33393530045F746370066761746563680365647500',
  },
  {
    type: 'ZONEMD',
    rfc: 'RFC 8976 §A.1',
    text: '2018031900 1 1 ( c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3 a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c )',
    hex: '7848B91C0101C68090D90A7AED716BC459F9340E3D7C1370D4D24B7E2FC3A1DDC0B9A87153B9A9713B3C9AE5CC27777F98B8E730044C',
    written: '2018031900 1 1 C68090D90A7AED716BC459F9340E3D7C1370D4D24B7E2FC3A1DDC0B9A87153B9A9713B3C9AE5CC27777F98B8E730044C',
  },
  { type: 'CDS', rfc: 'RFC 8078 §4', text: '0 0 0 00', hex: '0000000000' },
  { type: 'CDNSKEY', rfc: 'RFC 8078 §4', text: '0 3 0 AA==', hex: '0000030000' },
  { type: 'CSYNC', rfc: 'RFC 7477 §2.1', text: '66 3 A NS AAAA', hex: '000000420003000460000008' },
  {
    type: 'URI',
    rfc: 'RFC 7553 §4.5',
    text: '10 1 "ftp://ftp1.example.com/public"',
    hex: '000A00016674703A2F2F667470312E6578616D706C652E636F6D2F7075626C6963',
  },
  { type: 'HINFO', rfc: 'RFC 8482 §4.2', text: 'RFC8482 ""', hex: '075246433834383200', written: '"RFC8482" ""' },
  { type: 'EUI48', rfc: 'RFC 7043 §3.2', text: '00-00-5e-00-53-2a', hex: '00005E00532A' },
  { type: 'EUI64', rfc: 'RFC 7043 §4.2', text: '00-00-5e-ef-10-00-00-2a', hex: '00005EEF1000002A' },
  {
    type: 'L64',
    rfc: 'RFC 6742 §2.3.4',
    text: '10 2001:0db8:1140:1000',
    hex: '000A20010DB811401000',
    written: '10 2001:0db8:1140:1000',
  },
  { type: 'DSYNC', rfc: 'RFC 9859 §2.1', text: 'CDS NOTIFY 5359 .', hex: '003B0114EF00', written: 'CDS 1 5359 .' },
  { type: 'TYPE731', rfc: 'RFC 3597 §5', text: '\\# 6 abcd ( ef 01 23 45 )', hex: 'ABCDEF012345', written: '\\# 6 ABCDEF012345' },
  { type: 'TYPE62347', rfc: 'RFC 3597 §5', text: '\\# 0', hex: '' },
  { type: 'A', rfc: 'RFC 3597 §5', text: '\\# 4 0A000001', hex: '0A000001', written: '10.0.0.1' },
]

for (const { type, rfc, text, hex, written } of vectors) {
  test(`${type} ${text} (${rfc})`, () => {
    const rdata = parseRDATAText(typeOf(type), text, origin)
    assert.equal(encodeHex(rdata), hex)
    validateRDATA(typeOf(type), rdata)
    assert.equal(formatRDATA(typeOf(type), rdata), written ?? text)
  })
}

for (const { type, text, why } of [
  { type: 'A', text: '192.0.2.1 192.0.2.2', why: 'has a word left over' },
  { type: 'A', text: '192.0.2', why: 'has three parts' },
  { type: 'A', text: '192.0.2.256', why: 'has a part above 255' },
  { type: 'A', text: '192.0.02.1', why: 'has a leading zero' },
  { type: 'A', text: '192.0.2.1.', why: 'ends in a dot' },
  { type: 'A', text: '"192.0.2.1"', why: 'is quoted' },
  { type: 'A', text: '', why: 'is missing' },
  { type: 'AAAA', text: '1:2:3:4:5:6:7', why: 'has seven groups' },
  { type: 'AAAA', text: '1::2::3', why: 'has two gaps' },
  { type: 'AAAA', text: '1:2:3:4::5:6:7:8', why: 'has a gap for nothing' },
  { type: 'AAAA', text: '::1%eth0', why: 'has a zone index' },
  { type: 'AAAA', text: '1.2.3.4::', why: 'has a dotted quad at the start' },
  { type: 'AAAA', text: ':1:2:3:4:5:6:7:8', why: 'starts with one colon' },
  { type: 'NS', text: '"ns"', why: 'is a quoted name' },
  { type: 'MX', text: '65536 mx', why: 'has a preference of 17 bits' },
  { type: 'MX', text: '10', why: 'has no exchange' },
  { type: 'MX', text: '-1 mx', why: 'has a negative preference' },
  { type: 'MX', text: '1e1 mx', why: 'has an exponent' },
  { type: 'TXT', text: '', why: 'has no character-string' },
  { type: 'TXT', text: 'v=DKIM1; k=rsa', why: 'has a comment' },
  { type: 'TXT', text: '"open', why: 'has an open quote' },
  { type: 'TXT', text: '"a"b', why: 'runs two strings together' },
  { type: 'TXT', text: '\\256', why: 'has an escape above 255' },
  { type: 'TXT', text: '\\25', why: 'has an escape of two digits' },
  { type: 'TXT', text: 'end\\', why: 'ends in a backslash' },
  { type: 'TXT', text: '"\ud800"', why: 'has half a surrogate pair' },
  { type: 'TXT', text: `"${'x'.repeat(256)}"`, why: 'has a string of 256 octets (RFC 1035 §3.3)' },
  { type: 'SOA', text: 'ns root 1 1 1 1', why: 'lacks MINIMUM' },
  { type: 'SOA', text: 'ns root 4294967296 1 1 1 1', why: 'has a serial of 33 bits' },
  { type: 'SOA', text: 'ns root 1 1h1 1 1 1', why: 'has a duration that ends without a unit' },
  { type: 'CAA', text: '128 issue ;', why: 'has an unquoted semicolon' },
  { type: 'CAA', text: '0 iss-ue "x"', why: 'has a hyphen in the tag (RFC 8659 §4.1)' },
  { type: 'DS', text: '1 8 2 00', why: 'has a short SHA-256 digest (RFC 4509 §2.1)' },
  { type: 'DS', text: '1 8 2 0', why: 'has half an octet' },
  { type: 'DNSKEY', text: '257 3 15 AAA', why: 'has unpadded base64' },
  { type: 'DNSKEY', text: '257 3 15 AB==', why: 'has bits after the last octet' },
  { type: 'DNSKEY', text: '257 3 15', why: 'has no key' },
  { type: 'RRSIG', text: 'A 5 3 86400 20030231000000 0 1 . AA==', why: 'expires on 31 February' },
  { type: 'RRSIG', text: 'A 5 3 86400 21070101000000 0 1 . AA==', why: 'expires after 2106' },
  { type: 'RRSIG', text: 'A 5 3 86400 19010101000000 0 1 . AA==', why: 'expires before 1902' },
  { type: 'RRSIG', text: 'A 5 3 86400 00990101000000 0 1 . AA==', why: 'expires in the year 99' },
  { type: 'RRSIG', text: 'A 5 3 86400 20250229000000 0 1 . AA==', why: 'expires on 29 February of no leap year' },
  { type: 'RRSIG', text: 'A 5 3 86400 20260101240000 0 1 . AA==', why: 'expires at hour 24' },
  { type: 'RRSIG', text: 'A 5 3 86400 20260001000000 0 1 . AA==', why: 'expires in month 0' },
  { type: 'RRSIG', text: 'A 5 3 86400 2026010100000x 0 1 . AA==', why: 'has a letter in a time' },
  { type: 'NSEC', text: 'b.', why: 'has no types (RFC 4034 §4.1.2)' },
  { type: 'NSEC', text: 'b. A NOTYPE', why: 'names an unknown type' },
  { type: 'NSEC3', text: '1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22boj! A', why: 'has a bad hash' },
  { type: 'ZONEMD', text: '1 1 1 00', why: 'has a short digest (RFC 8976 §2.2.4)' },
  { type: 'SSHFP', text: '1 1 00', why: 'has a short fingerprint (RFC 4255 §3.1.3)' },
  { type: 'NSEC3', text: '1 0 0 - 00 A', why: 'has a short hash (RFC 5155 §3.1.6)' },
  { type: 'TYPE731', text: 'abc', why: 'is an unknown type in words' },
  { type: 'TYPE731', text: '\\# 3 0000', why: 'has another length than said (RFC 3597 §5)' },
  { type: 'TYPE731', text: '\\# 1 0g', why: 'is no hexadecimal' },
  { type: 'TYPE731', text: '\\#', why: 'has no length' },
  { type: 'TYPE731', text: '\\# 0x1 00', why: 'has a length in hexadecimal' },
  { type: 'TYPE731', text: '\\# ""', why: 'has an empty length' },
  { type: 'TYPE731', text: '\\# x', why: 'has a word for its length' },
  { type: 'A', text: '\\# 3 000000', why: 'is malformed for its type' },
])
  test(`refused: ${type} ${text.slice(0, 50)} ${why}`, () =>
    assert.throws(() => parseRDATAText(typeOf(type), text, origin), RDATAError))

for (const { type, message } of [
  { type: 'OPT', message: /^OPT records are not stored in a zone$/ },
  { type: 'AXFR', message: /^AXFR records are not stored in a zone$/ },
  { type: 'NULL', message: /^NULL has no text form here; write its RDATA as \\# length hex$/ },
  { type: 'UINFO', message: /^UINFO has no text form/ },
])
  test(`${type} in words is refused with a way out`, () => assert.throws(() => parseRDATAText(typeOf(type), 'x'), { message }))

test('the word at fault is named', () => {
  const fault = (text: string) => {
    try {
      parseRDATAText(typeOf('MX'), text)
    } catch (error) {
      if (error instanceof RDATAError) return error.tokenIndex
    }
    return undefined
  }
  assert.deepEqual(
    [fault('x mx.'), fault('10 mx'), fault('10'), fault('10 mx. more'), fault('10 mx. more more')],
    [0, 1, 1, 2, 2],
  )
})

test('malformed RDATA of a known type is written in the form of RFC 3597', () => {
  assert.equal(formatRDATA(typeOf('A'), decodeHex('0A0000')!), '\\# 3 0A0000')
  assert.equal(formatRDATA(typeOf('A'), decodeHex('0A00000102')!), '\\# 5 0A00000102')
  assert.equal(formatRDATA(typeOf('MX'), decodeHex('000AC000')!), '\\# 4 000AC000')
})
