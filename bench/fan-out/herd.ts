/** So many light followers in a few processes. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { System } from '../../conformance/lib/system.ts'
import type { FollowersInput, FollowersWord } from './followers.ts'

export interface Herd {
  /** Resolves with the moment, in ms of `monotonicMs`, at which every follower has this version; ask before it can be there. */
  have(zone: string, version: bigint): Promise<number>
  close(): Promise<void>
}

const perProcess = 250

/** Starts them and waits until each was welcomed. Their credentials are in the system's folder. */
export async function startHerd(system: System, edgeIds: readonly string[]): Promise<Herd> {
  const url = `http://127.0.0.1:${system.app('publisher').ready.port}`
  const children: ChildProcess[] = []
  const waiting = new Map<string, { left: number; resolve: (at: number) => void }>()
  const following: Promise<void>[] = []
  for (let at = 0; at < edgeIds.length; at += perProcess) {
    const edges = edgeIds
      .slice(at, at + perProcess)
      .map((edgeId) => ({ edgeId, tokenFile: join(system.folder, `${edgeId}.token`) }))
    const child = forkFollowers({ url, edges })
    children.push(child)
    following.push(
      new Promise((resolve, reject) => {
        child.once('exit', (code) => reject(new Error(`followers ended with ${code}`)))
        child.on('message', (word: FollowersWord) => {
          if (word.kind === 'following') return resolve()
          const entry = waiting.get(`${word.zone} ${word.version}`)
          if (entry === undefined || --entry.left > 0) return
          waiting.delete(`${word.zone} ${word.version}`)
          entry.resolve(word.at)
        })
      }),
    )
  }
  await Promise.all(following)
  return {
    have: (zone, version) =>
      new Promise((resolve) => {
        waiting.set(`${zone} ${version}`, { left: children.length, resolve })
      }),
    close: async () => {
      for (const child of children) if (child.connected) child.disconnect()
      await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')))
    },
  }
}

function forkFollowers(input: FollowersInput): ChildProcess {
  return fork(fileURLToPath(new URL('./followers.ts', import.meta.url)), [JSON.stringify(input)])
}
