/** Generated zones: by the shared generator where it is there, else by our own with the same mix. */
import { generateZoneText } from '@zonecast/testkit'
import { generatedZone } from '../../conformance/lib/data.ts'

/** A zone file of so many records; `zz-last` is A 192.0.2.254. */
export function zoneText(origin: string, records: number): Buffer {
  try {
    return generatedZone(origin, records)
  } catch {
    return Buffer.from(generateZoneText(origin, records))
  }
}

/** Owner names, relative to the origin, whose A RRset can be replaced: one address, nothing below a zone cut. */
export function hostsOf(text: Buffer): string[] {
  const hosts: string[] = []
  for (const [, host = ''] of text.toString('latin1').matchAll(/^([a-z0-9-]+) \d+ IN A /gm)) hosts.push(host)
  return hosts
}
