/** Waits until a program's metrics say what they should. */
import { metric } from '../lib/metric.ts'
import type { System } from '../lib/system.ts'
import { until as holds } from '../lib/until.ts'

export async function until(system: System, app: string, name: string, isRight: (value: number) => boolean): Promise<void> {
  await holds(`${name} of ${app}`, async () => isRight(await metric(system, app, name)))
}

/** Zone API and publisher are connected to the brokers. */
export async function untilConnected(system: System): Promise<void> {
  await until(system, 'zone-api', 'zonecast_relay_connected', (value) => value === 1)
  await until(system, 'publisher', 'zonecast_publisher_kafka_connected', (value) => value === 1)
}
