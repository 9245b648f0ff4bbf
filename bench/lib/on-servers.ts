/** zonecast on servers of others: PostgreSQL keeps the zones, and events go by Kafka. */
import { type KafkaBroker, startKafka } from '../../conformance/lib/kafka.ts'
import { type PostgresServer, startPostgres } from '../../conformance/lib/postgres.ts'
import { startSystem, type System } from '../../conformance/lib/system.ts'

export const onServers = 'PostgreSQL + Kafka'

export interface SystemOnServers {
  readonly system: System
  close(): Promise<void>
}

/** Each program once, both servers on their defaults, as durable as those are. */
export async function startOnServers(name: string): Promise<SystemOnServers> {
  const [server, broker] = await Promise.all([startPostgres(), startKafka()])
  try {
    const system = await systemOn(server, broker, name)
    return {
      system,
      close: async () => {
        await system.close()
        await Promise.all([server.close(), broker.close()])
      },
    }
  } catch (error) {
    await Promise.all([server.close(), broker.close()])
    throw error
  }
}

async function systemOn(server: PostgresServer, broker: KafkaBroker, name: string): Promise<System> {
  const kafka = { ZONECAST_KAFKA_BROKERS: broker.address, ZONECAST_KAFKA_TOPIC: name }
  return startSystem({ databaseUrl: await server.database(name), env: { 'zone-api': kafka, publisher: kafka } })
}
