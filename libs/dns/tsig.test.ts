/** TSIG of requests: what is read of it, and what is malformed. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { parseRequest } from './message-parse.ts'
import { MessageError } from './message.ts'
import { formatName } from './name.ts'
import { badKeyTSIG } from './tsig.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const question = '0161 00 0001 0001'
const algorithm = '016d 00'
const time = '000065000000 012c'
const good = `016b 00 00fa 00ff 00000000 0017 ${algorithm} ${time} 0004 aabbccdd 4321 0000 0000`
const request = (rrs: string, additionals = 1) => hex(`1234 0000 0001 0000 0000 000${additionals} ${question} ${rrs}`)

test('a TSIG is read', () => {
  const { tsig } = parseRequest(request(good))
  assert.deepEqual([formatName(tsig!.keyName), formatName(tsig!.algorithm), tsig!.originalId], ['k.', 'm.', 0x4321])
})

test('BADKEY carries names, time and original id of the request, and no MAC (RFC 8945 §5.3.2)', () => {
  const { tsig } = parseRequest(request(good))
  const expected = hex(`016b 00 00fa 00ff 00000000 0013 ${algorithm} ${time} 0000 4321 0011 0000`)
  assert.deepEqual(badKeyTSIG(tsig!), expected)
})

for (const { name, rrs, additionals = 1 } of [
  { name: 'another class', rrs: good.replace('00ff', '0001') },
  { name: 'a TTL', rrs: good.replace('00000000', '00000001') },
  { name: 'RDATA that ends in the algorithm', rrs: '016b 00 00fa 00ff 00000000 0002 016d' },
  { name: 'RDATA that ends in the time', rrs: `016b 00 00fa 00ff 00000000 0007 ${algorithm} 00006500` },
  { name: 'a MAC past the end', rrs: good.replace('0004 aa', '0104 aa') },
  { name: 'octets left over', rrs: `${good.replace('0017', '0018')} 00` },
  { name: 'another RR behind it', rrs: `${good} 00 0029 04d0 00000000 0000`, additionals: 2 },
])
  test(`malformed: ${name}`, () => {
    assert.throws(() => parseRequest(request(rrs, additionals)), MessageError)
  })
