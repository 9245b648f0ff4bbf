/** The publisher of the old way: hears that a zone is ready, gets it, builds it, and puts it to the edge. */
import { inputOf, ready } from './program.ts'
import type { VersionJson, ZoneJson } from './contract.ts'
import { createRestClient, createRestServer } from './rest.ts'

const { protocol, apiUrl = '', edgeUrl = '' } = inputOf()
/** The API is told of the publisher before it has a port: it is asked by a client that is made when the first zone is ready. */
const edge = createRestClient(protocol, edgeUrl)
const server = createRestServer(protocol)
let api: ReturnType<typeof createRestClient> | undefined = apiUrl === '' ? undefined : createRestClient(protocol, apiUrl)

/** Zones that are being published, and whether a newer version was announced meanwhile. */
const busy = new Map<string, { again: boolean }>()

server.post('/api', async ({ body }) => {
  api = createRestClient(protocol, (body as { url: string }).url)
  return {}
})

server.get('/octets', async () => ({ octets: edge.sentOctets() }))

server.post('/ready', async ({ body }) => {
  const { zone } = body as VersionJson
  const running = busy.get(zone)
  if (running) running.again = true
  else void publish(zone)
  return {}
})

/** A zone announced again while it is published is published once more after that. */
async function publish(zone: string): Promise<void> {
  const state = { again: true }
  busy.set(zone, state)
  try {
    while (state.again) {
      state.again = false
      const content = await api!.send<ZoneJson>('GET', `/zones/${zone}`)
      await edge.send('PUT', `/zones/${zone}`, build(content))
    }
  } catch (error) {
    console.error(error)
  } finally {
    busy.delete(zone)
  }
}

/** The apex first, then by name and type: what a name server wants to read. */
function build({ zone, version, records }: ZoneJson): ZoneJson {
  const rank = (name: string) => (name === zone ? '' : name)
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  const sorted = records.toSorted((a, b) => compare(rank(a.name), rank(b.name)) || compare(a.type, b.type))
  return { zone, version, records: sorted }
}

await ready(server)
