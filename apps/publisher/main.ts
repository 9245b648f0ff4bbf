/** The publisher as a program. */
import { loadConfig, runApp } from '@zonecast/runtime'
import { configSchema } from './config.ts'
import { startPublisher } from './publisher.ts'

await runApp({
  name: 'publisher',
  start: async ({ log, metrics, abandon }) => {
    const config = loadConfig(configSchema)
    const publisher = await startPublisher({ config, log, metrics, abandon })
    const { url, port, healthPort, close } = publisher
    return { ready: { url, port, ...(healthPort && { healthPort }) }, close }
  },
})
