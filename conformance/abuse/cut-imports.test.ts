/** An import that is cut off after a whole line looks like a whole zone, and is not committed. */
import { strict as assert } from 'node:assert'
import { create, toBinary } from '@bufbuild/protobuf'
import {
  type ImportZoneRequest,
  ImportZoneRequestSchema,
  ZoneService,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { metric } from '../lib/metric.ts'
import { startSystem, type System } from '../lib/system.ts'
import { until } from '../lib/until.ts'
import { importMessages, importZone, smallZone } from '../lib/zones.ts'
import { fields, FLAG, frame, message, TYPE, word } from './http2-frames.ts'
import { RawConnection } from './raw-connection.ts'

const zone = 'cut.example.'
const whole = 'whole.example.'
let system: System
beforeAll(async () => {
  system = await startSystem({ edges: [], publishers: [] })
})
afterAll(() => system?.close())

const encoded = (part: ImportZoneRequest) => message(toBinary(ImportZoneRequestSchema, create(ImportZoneRequestSchema, part)))

for (const type of ['application/grpc', 'application/connect+proto'])
  for (const { name, cut } of [
    { name: 'its connection is closed', cut: ({ socket }) => void socket.end() },
    { name: 'its connection breaks', cut: ({ socket }) => void socket.resetAndDestroy() },
    { name: 'its stream is reset', cut: (raw) => void raw.send(frame(TYPE.RST_STREAM, 0, 1, word(8))) },
    { name: 'its stream is reset without an error', cut: (raw) => void raw.send(frame(TYPE.RST_STREAM, 0, 1, word(0))) },
    {
      name: 'its stream is ended and reset in one breath',
      cut: (raw) => void raw.send(Buffer.concat([frame(TYPE.DATA, FLAG.END_STREAM, 1), frame(TYPE.RST_STREAM, 0, 1, word(8))])),
    },
  ] as { name: string; cut: (raw: RawConnection) => void }[])
    test(`${type}: an import is not committed when ${name}`, async () => {
      const ended = () => metric(system, 'zone-api', 'zonecast_rpc_call_seconds_count')
      const raw = await RawConnection.open({ port: system.app('zone-api').ready.port })
      const head = fields({
        ':method': 'POST',
        ':scheme': 'http',
        ':path': '/zonecast.zone.v1.ZoneService/ImportZone',
        ':authority': 'a',
        'content-type': type,
        authorization: `Bearer ${system.tokens['administrator']}`,
      })
      const parts = [...importMessages({ zone }, Buffer.from(smallZone))].map(encoded)
      const before = await ended()
      await raw.send(
        Buffer.concat([frame(TYPE.HEADERS, FLAG.END_HEADERS, 1, head), frame(TYPE.DATA, 0, 1, Buffer.concat(parts))]),
      )
      // A connection that answers a PING has read what came before it.
      await raw.send(frame(TYPE.PING, 0, 0, Buffer.alloc(8)))
      await until('it was read', () => (raw.came.get(TYPE.PING) ?? 0) > 0)
      cut(raw)
      await until('the call has ended', async () => (await ended()) > before)
      // What comes after it is committed after it.
      await importZone(system.client(ZoneService), { zone: whole }, smallZone)
      const { zones } = await system.client(ZoneService).listZones({})
      assert.deepEqual(
        zones.map((one) => one.name),
        [whole],
      )
      raw.close()
    })
