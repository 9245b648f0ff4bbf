/** Messages between the suite and our programs: each behind its size in four octets, on stdin and stdout. */
import { type DescMessage, fromBinary, type MessageInitShape, type MessageShape, create, toBinary } from '@bufbuild/protobuf'

/** The messages that come in, until the suite closes its end. */
export async function* readMessages<Schema extends DescMessage>(schema: Schema): AsyncGenerator<MessageShape<Schema>> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const end = 4 + rest.readUInt32BE(0)
      yield fromBinary(schema, rest.subarray(4, end))
      rest = rest.subarray(end)
    }
  }
}

export function writeMessage<Schema extends DescMessage>(schema: Schema, message: MessageInitShape<Schema>): void {
  const octets = toBinary(schema, create(schema, message))
  const size = Buffer.alloc(4)
  size.writeUInt32BE(octets.length)
  process.stdout.write(Buffer.concat([size, octets]))
}
