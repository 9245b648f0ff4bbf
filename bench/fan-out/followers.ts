/** A process full of light followers; its parent tells it whom to be and hears when all of them have a version. */
import { readFileSync } from 'node:fs'
import { ReleaseService } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { createRpcClient, createRpcTransport } from '@zonecast/rpc'
import { followLightly } from './light-follower.ts'

/** In the one argument. */
export interface FollowersInput {
  readonly url: string
  readonly edges: readonly { readonly edgeId: string; readonly tokenFile: string }[]
}

/** To the parent. */
export type FollowersWord =
  | { readonly kind: 'following' }
  | { readonly kind: 'have'; readonly zone: string; readonly version: string; readonly at: number }

const { url, edges } = JSON.parse(process.argv[2]!) as FollowersInput
const closing = new AbortController()
const say = (word: FollowersWord) => void process.send!(word)
/** Followers that have a version; the last one makes it everybody's. */
const counts = new Map<string, number>()

function onState(zone: string, version: bigint): void {
  const key = `${zone} ${version}`
  const count = (counts.get(key) ?? 0) + 1
  counts.set(key, count)
  if (count < edges.length) return
  counts.delete(key)
  say({ kind: 'have', zone, version: String(version), at: Number(process.hrtime.bigint()) / 1e6 })
}

let welcomed = 0
const running = edges.map(async ({ edgeId, tokenFile }) => {
  // Each has its own connection, as edges have.
  const transport = createRpcTransport({ url, token: readFileSync(tokenFile, 'utf8').trim() })
  const client = createRpcClient(ReleaseService, transport)
  await followLightly({ edgeId, client, onState, signal: closing.signal }, () => {
    welcomed++
    if (welcomed === edges.length) say({ kind: 'following' })
  })
  transport.close()
})
process.on('disconnect', () => closing.abort())
await Promise.all(running)
