/** Waits until a program's metrics say what they should. */
import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import { metric } from '../lib/metric.ts'
import type { System } from '../lib/system.ts'

export async function until(system: System, app: string, name: string, isRight: (value: number) => boolean): Promise<void> {
  for (let tries = 0; !isRight(await metric(system, app, name)); tries++) {
    assert.ok(tries < 600, `${name} of ${app} is ${await metric(system, app, name)}`)
    await sleep(50)
  }
}

/** Zone API and publisher are connected to the brokers. */
export async function untilConnected(system: System): Promise<void> {
  await until(system, 'zone-api', 'zonecast_relay_connected', (value) => value === 1)
  await until(system, 'publisher', 'zonecast_publisher_kafka_connected', (value) => value === 1)
}
