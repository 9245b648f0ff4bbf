/** HTTP/2 frames as octets (RFC 9113 §4, RFC 7541), the wrong ones too. */

export const TYPE = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
}
export const FLAG = { END_STREAM: 1, ACK: 1, END_HEADERS: 4 }

/** What a client says first. */
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** `length` is what the head of the frame says, where that is not so. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
  length = payload.length,
): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

export function settings(values: Readonly<Record<number, number>> = {}): Buffer {
  const payload = Object.entries(values).map(([id, value]) => {
    const setting = Buffer.alloc(6)
    setting.writeUInt16BE(Number(id), 0)
    setting.writeUInt32BE(value, 2)
    return setting
  })
  return frame(TYPE.SETTINGS, 0, 0, Buffer.concat(payload))
}

export function word(value: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}

/** A message of gRPC; `length` and `flag` may lie. */
export function message(octets: Uint8Array, { length = octets.length, flag = 0 } = {}): Buffer {
  return Buffer.concat([Buffer.from([flag]), word(length), octets])
}

/** Fields as literals that no table remembers (RFC 7541 §6.2.2). */
export function fields(values: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(Object.entries(values).flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]))
}

/** A field that the table remembers, and references to it (§6.1): a few octets that stand for very many. */
export function bomb(name: string, value: string, references: number): Buffer {
  return Buffer.concat([Buffer.from([0x40]), text(name), text(value), Buffer.alloc(references, 0x80 | 62)])
}

function text(value: string): Buffer {
  const octets = Buffer.from(value, 'latin1')
  return Buffer.concat([integer(octets.length, 7), octets])
}

function integer(value: number, prefixBits: number): Buffer {
  const most = 2 ** prefixBits - 1
  if (value < most) return Buffer.from([value])
  const octets = [most]
  let rest = value - most
  for (; rest >= 128; rest >>>= 7) octets.push((rest & 127) | 128)
  return Buffer.from([...octets, rest])
}
