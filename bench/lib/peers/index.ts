/** The peers that come as a primary and a secondary. */
import { startBindPair } from './bind.ts'
import { startKnotNsdPair, startKnotPair } from './knot.ts'
import type { Pair, PairOptions, StartPair } from './pair.ts'
import { startPowerdnsPair } from './powerdns.ts'

export const startPair: Readonly<Record<string, StartPair>> = {
  BIND: startBindPair,
  Knot: startKnotPair,
  NSD: startKnotNsdPair,
  PowerDNS: startPowerdnsPair,
}

export type PeerKind = 'BIND' | 'Knot' | 'NSD' | 'PowerDNS'

const chosen = process.env['BENCH_PEERS']?.split(',')

/** All peers, or those that `BENCH_PEERS` names, separated by commas. */
export const peerKinds: readonly PeerKind[] = (['BIND', 'Knot', 'NSD', 'PowerDNS'] as const).filter(
  (kind) => chosen === undefined || chosen.includes(kind),
)

/** Starts both, and waits until the secondary answers for all zones. */
export async function startWholePair(kind: PeerKind, options: PairOptions): Promise<Pair> {
  const pair = await startPair[kind]!(options)
  try {
    for (const { name } of options.zones) await pair.primary.answering(name)
    const secondary = await pair.startSecondary()
    for (const { name } of options.zones) await secondary.answering(`zz-last.${name}`, 'A')
    return pair
  } catch (error) {
    await pair.stop()
    throw error
  }
}
