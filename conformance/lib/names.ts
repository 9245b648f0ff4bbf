/** Names that lead to addresses of loopback, for programs by a hosts file of their own and for clients of this process. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PoolAddress } from '@zonecast/rpc'

export interface Names {
  /** Put before a program: it then sees this hosts file. It takes root, as in CI. */
  readonly prefix: readonly string[]
  /** For clients here. */
  readonly resolve: (host: string) => Promise<readonly PoolAddress[]>
  /** What a name leads to from now on. */
  set(name: string, addresses: readonly string[]): void
}

export function createNames(folder: string): Names {
  const file = join(folder, 'hosts')
  const names = new Map<string, readonly string[]>()
  const system = readFileSync('/etc/hosts', 'utf8')
  const set = (name: string, addresses: readonly string[]) => {
    names.set(name, addresses)
    const lines = [...names].flatMap(([each, all]) => all.map((address) => `${address} ${each}\n`))
    // In place: what is mounted is this very file.
    writeFileSync(file, `${system}\n${lines.join('')}`)
  }
  set('localhost', [])
  return {
    prefix: ['unshare', '--mount', 'sh', '-c', `mount --bind ${file} /etc/hosts && exec "$@"`, '--'],
    resolve: async (host) => (names.get(host) ?? []).map((address) => ({ address })),
    set,
  }
}
