/** The edge writer: follows publishers, stores zones and answers DNS. */
import { loadConfig, runApp } from '@zonecast/runtime'
import { configSchema } from './config.ts'
import { startEdgeWriter } from './start.ts'

await runApp({ name: 'edge-writer', start: (context) => startEdgeWriter(loadConfig(configSchema), context) })
