/** Looks at a zone by Debian's dig all the while: serials only go forward, and each has one content. */
import { strict as assert } from 'node:assert'
import { EventEmitter, once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { asSerial, isAfter } from '@zonecast/dns'
import { dig } from '../lib/programs.ts'
import type { System } from '../lib/system.ts'

export interface SerialWatch {
  /** Settles when it has looked once more: called where the zone stands still. */
  look(): Promise<void>
  /** Stops looking, and judges what was seen. */
  end(): Promise<void>
}

/** What the name answers stands for the content; it is asked together with the SOA, until both are of one version. */
export function watchSerials(system: System, edge: string, zone: string, name: string): SerialWatch {
  const seen: { readonly serial: number; readonly value: string }[] = []
  const stop = new AbortController()
  const looks = new EventEmitter()
  const looking = (async () => {
    while (!stop.signal.aborted) {
      const before = await serialOf(system, edge, zone)
      const { answer } = await dig(system.dnsOf(edge), name, 'TXT')
      const after = await serialOf(system, edge, zone)
      if (before === after) {
        seen.push({ serial: before, value: answer.join() })
        looks.emit('look')
      }
      await pause(400)
    }
  })()
  return {
    async look() {
      await once(looks, 'look')
    },
    async end() {
      stop.abort()
      await looking
      const contents = new Map<number, string>()
      for (const [at, { serial, value }] of seen.entries()) {
        const earlier = seen[at - 1]?.serial ?? serial
        assert.ok(serial === earlier || isAfter(asSerial(serial), asSerial(earlier)), `${earlier} became ${serial}`)
        assert.equal(value, contents.get(serial) ?? value, `serial ${serial} has two contents`)
        contents.set(serial, value)
      }
      assert.ok(contents.size >= 3, `${edge} was seen at ${contents.size} serials only`)
    },
  }
}

/** The serial that dig sees. */
export async function serialOf(system: System, edge: string, zone: string): Promise<number> {
  const { answer, status } = await dig(system.dnsOf(edge), zone, 'SOA')
  const serial = Number(answer[0]?.split(' ')[6])
  assert.ok(Number.isInteger(serial), `${zone} at ${edge}: ${status}`)
  return serial
}
