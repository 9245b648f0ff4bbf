/** What programs of a suite take over from the suite's own environment: everything but its settings, which a program would refuse. */

export function inherited(): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ZONECAST_')))
}
