/** Examples of the documents of the less common types; the octets are those BIND makes of them. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { decodeHex, encodeHex } from '../base-encodings.ts'
import { parseName } from '../name.ts'
import { typeFromText } from '../types.ts'
import { WireError } from '../violation.ts'
import { formatRDATA } from './format.ts'
import { parseRDATAText } from './parse.ts'
import { validateRDATA } from './validate.ts'

const origin = parseName('example.com.')
const typeOf = (text: string) => typeFromText(text) ?? assert.fail(`${text} is no type`)

/** Text, the wire format it means, and the text we write for that where it differs. */
const vectors: { type: string; rfc: string; text: string; hex: string; written?: string }[] = [
  {
    type: 'LOC',
    rfc: 'RFC 1876 §4',
    text: '42 21 54 N 71 06 18 W -24m 30m',
    hex: '0033161389172DD070BE15F000988D20',
    written: '42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m',
  },
  {
    type: 'LOC',
    rfc: 'RFC 1876 §4',
    text: '42 21 43.952 N 71 5 6.344 W -24m 1m 200m',
    hex: '001224138917069070BF2DD800988D20',
    written: '42 21 43.952 N 71 5 6.344 W -24.00m 1m 200m 10m',
  },
  {
    type: 'LOC',
    rfc: 'RFC 1876 §4',
    text: '52 14 05 N 00 08 50 E 10m',
    hex: '001216138B3556C88008165000989A68',
    written: '52 14 5.000 N 0 8 50.000 E 10.00m 1m 10000m 10m',
  },
  {
    type: 'LOC',
    rfc: 'RFC 1876 §4',
    text: '32 7 19 S 116 2 25 E 10m',
    hex: '00121613791B7D2898E6486800989A68',
    written: '32 7 19.000 S 116 2 25.000 E 10.00m 1m 10000m 10m',
  },
  {
    type: 'LOC',
    rfc: 'RFC 1876 §4',
    text: '42 21 28.764 N 71 00 51.617 W -44m 2000m',
    hex: '002516138916CB3C70C310DF00988550',
    written: '42 21 28.764 N 71 0 51.617 W -44.00m 2000m 10000m 10m',
  },
  { type: 'APL', rfc: 'RFC 3123 §5', text: '1:192.168.32.0/21 !1:192.168.38.0/28', hex: '00011503C0A82000011C83C0A826' },
  {
    type: 'APL',
    rfc: 'RFC 3123 §5',
    text: '1:224.0.0.0/4 2:FF00:0:0:0:0:0:0:0/8',
    hex: '00010401E000020801FF',
    written: '1:224.0.0.0/4 2:ff00::/8',
  },
  {
    type: 'IPSECKEY',
    rfc: 'RFC 4025 §3.2',
    text: '10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
    hex: '0A0102C0000226010351537986ED35533B6064478EEEB27B5BD74DAE149B6E81BA3A0521AF82AB7801',
  },
  {
    type: 'IPSECKEY',
    rfc: 'RFC 4025 §3.2',
    text: '10 0 2 . AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
    hex: '0A0002010351537986ED35533B6064478EEEB27B5BD74DAE149B6E81BA3A0521AF82AB7801',
  },
  {
    type: 'IPSECKEY',
    rfc: 'RFC 4025 §3.2',
    text: '10 3 2 mygateway.example.com. AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
    hex: '0A0302096D7967617465776179076578616D706C6503636F6D00010351537986ED35533B6064478EEEB27B5BD74DAE149B6E81BA3A0521AF82AB7801',
  },
  {
    type: 'IPSECKEY',
    rfc: 'RFC 4025 §3.2',
    text: '10 2 2 2001:0DB8:0:8002::2000:1 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
    hex: '0A020220010DB8000080020000000020000001010351537986ED35533B6064478EEEB27B5BD74DAE149B6E81BA3A0521AF82AB7801',
    written: '10 2 2 2001:db8:0:8002::2000:1 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
  },
  {
    type: 'HIP',
    rfc: 'RFC 8005 §6',
    text: '2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p9+LrV4e19WzK00+CI6zBCQTdtWsuxKbWIy87UOoJTwkUs7lBu+Upr1gsNrut79ryra+bSRGQb1slImA8YVJyuIDsj7kwzG7jnERNqnWxZ48AWkskmdHaVDP4BcelrTI3rMXdXF5D rvs.example.com.',
    hex: '10020084200100107B1A74DF365639CC39F1D57803010001B771CA136E4AEB5CE44333C53B3D2C13C22243851FC708BCCE29F7E2EB5787B5F56CCAD34F8223ACC10904DDB56B2EC4A6D6232F3B50EA094F0914B3B941BBE529AF582C36BBADEFDAF2ADAF9B4911906F5B2522603C615272B880EC8FB930CC6EE39C444DAA75B1678F005A4B2499D1DA5433F805C7A5AD3237ACC5DD5C5E4303727673076578616D706C6503636F6D00',
  },
  { type: 'AMTRELAY', rfc: 'RFC 8777 §4.3.1', text: '10 0 1 203.0.113.15', hex: '0A01CB00710F' },
  { type: 'AMTRELAY', rfc: 'RFC 8777 §4.3.1', text: '10 0 2 2001:db8::15', hex: '0A0220010DB8000000000000000000000015' },
  {
    type: 'AMTRELAY',
    rfc: 'RFC 8777 §4.3.1',
    text: '128 1 3 amtrelays.example.com.',
    hex: '808309616D7472656C617973076578616D706C6503636F6D00',
  },
  {
    type: 'WKS',
    rfc: 'RFC 1035 §3.4.2',
    text: '10.0.0.1 TCP telnet smtp',
    hex: '0A0000010600000140',
    written: '10.0.0.1 6 23 25',
  },
  {
    type: 'NSAP',
    rfc: 'RFC 1706 §6',
    text: '0x47.0005.80.005a00.0000.0001.e133.ffffff000162.00',
    hex: '47000580005A0000000001E133FFFFFF00016200',
    written: '0x47000580005A0000000001E133FFFFFF00016200',
  },
  {
    type: 'A6',
    rfc: 'RFC 2874 §5.1.1',
    text: '0 2345:00c1:ca11:0001:1234:5678:9abc:def0',
    hex: '00234500C1CA110001123456789ABCDEF0',
    written: '0 2345:c1:ca11:1:1234:5678:9abc:def0',
  },
  {
    type: 'A6',
    rfc: 'RFC 2874 §5.2',
    text: '64 ::1234:5678:9abc:def0 subnet-1.ip6.example.com.',
    hex: '40123456789ABCDEF0087375626E65742D3103697036076578616D706C6503636F6D00',
  },
  {
    type: 'A6',
    rfc: 'RFC 2874 §5.2',
    text: '48 0:0:0:1:: ip6.example.com.',
    hex: '300001000000000000000003697036076578616D706C6503636F6D00',
  },
  { type: 'NXT', rfc: 'RFC 2535 §5.3', text: 'medium.foo.nil. A MX SIG NXT', hex: '066D656469756D03666F6F036E696C0040010082' },
  {
    type: 'TALINK',
    rfc: 'draft-wijngaards-dnsop-trust-history',
    text: 'h0.example.com. h2.example.com.',
    hex: '026830076578616D706C6503636F6D00026832076578616D706C6503636F6D00',
  },
  {
    type: 'DHCID',
    rfc: 'RFC 4701 §3.6.1',
    text: 'AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=',
    hex: '000201636FC0B8271C82825BB1AC5C41CF5351AA69B4FEBD94E8F17CDB95000DA48C40',
  },
  { type: 'NID', rfc: 'RFC 6742 §2.1.4', text: '10 0014:4fff:ff20:ee64', hex: '000A00144FFFFF20EE64' },
  { type: 'L32', rfc: 'RFC 6742 §2.2.4', text: '10 10.1.2.0', hex: '000A0A010200' },
  {
    type: 'LP',
    rfc: 'RFC 6742 §2.4.4',
    text: '10 l64-subnet1.example.com.',
    hex: '000A0B6C36342D7375626E657431076578616D706C6503636F6D00',
  },
  {
    type: 'RP',
    rfc: 'RFC 1183 §2.2',
    text: 'louie.trantor.umd.edu. LAM1.people.umd.edu.',
    hex: '056C6F756965077472616E746F7203756D640365647500044C414D310670656F706C6503756D640365647500',
  },
  { type: 'AFSDB', rfc: 'RFC 1183 §1', text: '1 bigbird.toaster.com.', hex: '0001076269676269726407746F617374657203636F6D00' },
  { type: 'X25', rfc: 'RFC 1183 §3.1', text: '311061700956', hex: '0C333131303631373030393536', written: '"311061700956"' },
  {
    type: 'ISDN',
    rfc: 'RFC 1183 §3.2',
    text: '150862028003217 004',
    hex: '0F31353038363230323830303332313703303034',
    written: '"150862028003217" "004"',
  },
  { type: 'RT', rfc: 'RFC 1183 §3.3', text: '2 relay.prime.com.', hex: '00020572656C6179057072696D6503636F6D00' },
  {
    type: 'PX',
    rfc: 'RFC 2163 §4',
    text: '10 net2.it. PRMD-net2.ADMD-p400.C-it.',
    hex: '000A046E657432026974000950524D442D6E6574320941444D442D7034303004432D697400',
  },
  {
    type: 'GPOS',
    rfc: 'RFC 1712 §4',
    text: '-32.6882 116.8652 10.0',
    hex: '082D33322E36383832083131362E383635320431302E30',
    written: '"-32.6882" "116.8652" "10.0"',
  },
  { type: 'KX', rfc: 'RFC 2230 §3.1', text: '1 kx.example.com.', hex: '0001026B78076578616D706C6503636F6D00' },
  { type: 'CERT', rfc: 'RFC 4398 §2.2', text: 'PGP 0 0 AQIDBA==', hex: '000300000001020304', written: '3 0 0 AQIDBA==' },
  { type: 'SMIMEA', rfc: 'RFC 8162 §2', text: '3 0 0 308202', hex: '030000308202' },
  { type: 'OPENPGPKEY', rfc: 'RFC 7929 §2.3', text: 'mQCNAzIG', hex: '99008D033206' },
  { type: 'KEY', rfc: 'RFC 2535 §3', text: '256 3 5 AQID', hex: '01000305010203' },
  {
    type: 'SIG',
    rfc: 'RFC 2535 §4',
    text: 'A 5 3 86400 20030322173103 20030220173103 2642 example.com. AQID',
    hex: '00010503000151803E7C9DD73E5510D70A52076578616D706C6503636F6D00010203',
  },
  {
    type: 'MINFO',
    rfc: 'RFC 1035 §3.3.7',
    text: 'a.example.com. b.example.com.',
    hex: '0161076578616D706C6503636F6D000162076578616D706C6503636F6D00',
  },
  {
    type: 'DOA',
    rfc: 'draft-durand-doa-over-dns',
    text: '1234567890 1 1 "image/gif" R0lG',
    hex: '499602D2000000010109696D6167652F676966474946',
  },
  { type: 'SINK', rfc: 'draft-eastlake-kitchen-sink', text: '8 0 2 l4ik', hex: '0800029788A4' },
  { type: 'EID', rfc: 'draft-ietf-nimrod-dns', text: 'E32C6F78163A9348', hex: 'E32C6F78163A9348' },
  { type: 'ATMA', rfc: 'af-dans-0152', text: '+61200000000', hex: '013631323030303030303030' },
  { type: 'RKEY', rfc: 'IANA', text: '0 3 8 AQID', hex: '00000308010203' },
  {
    type: 'DLV',
    rfc: 'RFC 4431',
    text: '60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118',
    hex: 'EC4505012BB183AF5F22588179A53B0A98631FAD1A292118',
  },
  { type: 'AVC', rfc: 'IANA', text: '"app-name:WOLFGANG"', hex: '116170702D6E616D653A574F4C4647414E47' },
  {
    type: 'RESINFO',
    rfc: 'RFC 9606 §5',
    text: 'qnamemin exterr=15-17',
    hex: '08716E616D656D696E0C6578746572723D31352D3137',
    written: '"qnamemin" "exterr=15-17"',
  },
]

for (const { type, rfc, text, hex, written } of vectors) {
  test(`${type} ${text.slice(0, 60)} (${rfc})`, () => {
    const rdata = parseRDATAText(typeOf(type), text, origin)
    assert.equal(encodeHex(rdata), hex)
    validateRDATA(typeOf(type), rdata)
    assert.equal(formatRDATA(typeOf(type), rdata), written ?? text)
    assert.deepEqual(parseRDATAText(typeOf(type), `\\# ${rdata.length} ${hex}`), rdata)
  })
}

for (const { type, hex, why } of [
  { type: 'LOC', hex: '01', why: 'another version (RFC 1876 §2)' },
  { type: 'APL', hex: '', why: 'no items (RFC 3123 §4)' },
  { type: 'APL', hex: '0003080100', why: 'another family' },
  { type: 'IPSECKEY', hex: '0A0402FF', why: 'another gateway type (RFC 4025 §2.3)' },
  { type: 'AMTRELAY', hex: '0A04FF', why: 'another relay type (RFC 8777 §4.2.3)' },
  { type: 'WKS', hex: '0A000001068000', why: 'a bit map that ends in zero' },
  { type: 'ATMA', hex: '02FF', why: 'another format' },
]) {
  test(`${type} with ${why} is legal and has the generic form`, () => {
    const rdata = decodeHex(hex)!
    validateRDATA(typeOf(type), rdata)
    const text = formatRDATA(typeOf(type), rdata)
    assert.equal(text, `\\# ${rdata.length} ${hex}`.trim())
    assert.deepEqual(parseRDATAText(typeOf(type), text), rdata)
  })
}

for (const { type, hex, why } of [
  { type: 'LOC', hex: '00A21613804465C1788CD0B0009896', why: 'is cut' },
  { type: 'LOC', hex: '00A2161380000000800000000098968000', why: 'has a mantissa above nine (RFC 1876 §2)' },
  { type: 'LOC', hex: '00051613800000008000000000989680', why: 'has zero with an exponent' },
  { type: 'LOC', hex: '00121613FFFFFFFF8000000000989680', why: 'lies beyond the pole' },
  { type: 'APL', hex: '00012104C0A80001', why: 'has a prefix of 33 bits' },
  { type: 'APL', hex: '00011803C0A800', why: 'ends in a zero octet (RFC 3123 §4)' },
  { type: 'APL', hex: '00012005C0A8000101', why: 'has five octets' },
  { type: 'IPSECKEY', hex: '0A0102C00002', why: 'has three octets of an address' },
  { type: 'IPSECKEY', hex: '0A0302C00C', why: 'has a compressed name (RFC 4025 §2.5)' },
  { type: 'AMTRELAY', hex: '0A0000', why: 'goes on after no relay' },
  { type: 'HIP', hex: '0002000101', why: 'has no HIT' },
  { type: 'HIP', hex: '010200020101', why: 'has a short key' },
  { type: 'HIP', hex: '010200010101C00C', why: 'has a compressed name (RFC 8005 §5)' },
  { type: 'A6', hex: '81', why: 'has a prefix of 129 bits' },
  { type: 'A6', hex: '7C1100', why: 'has padding that is not zero (RFC 2874 §3.1)' },
  { type: 'A6', hex: '7C01', why: 'lacks its prefix name' },
  { type: 'NXT', hex: '0080', why: 'has bit 0 (RFC 2535 §5.2)' },
  { type: 'NXT', hex: '004000', why: 'ends in a zero octet' },
  { type: 'X25', hex: '03333131', why: 'has three digits' },
  { type: 'IPN', hex: '00000000000000', why: 'has seven octets' },
])
  test(`refused on the wire: ${type} that ${why}`, () =>
    assert.throws(() => validateRDATA(typeOf(type), decodeHex(hex)!), WireError))
