/** The publisher as a program. */
import { loadConfig, runApp } from '@zonecast/runtime'
import { configSchema } from './config.ts'
import { startPublisher } from './publisher.ts'

await runApp({
  name: 'publisher',
  start: async ({ log, metrics, abandon }) => {
    const config = loadConfig(configSchema)
    const publisher = await startPublisher({ config, log, metrics, abandon })
    return { ready: { url: publisher.url, port: publisher.port }, close: publisher.close }
  },
})
