/** What an edge says of itself first. */
import { protocolVersion, type Hello } from './messages.ts'

/** Why the edge of a credential cannot be followed. */
export function refuseHello({ protocol, edgeId }: Hello, expected: string): string | undefined {
  if (protocol < protocolVersion) return `protocol ${protocol} is not spoken`
  return edgeId === expected ? undefined : `the credential is for another edge than ${edgeId}`
}

/** Where it stands in a shard, by its own word. */
export function heldIn({ shards, answered }: Hello, shard: number): { readonly applied: bigint; readonly answered: bigint } {
  const positionIn = (levels: Hello['answered']) => levels.find((level) => level.shard === shard)?.position ?? 0n
  return { applied: positionIn(shards), answered: positionIn(answered) }
}
