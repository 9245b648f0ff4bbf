#!/usr/bin/env node
/** The command line of zonecast: finds a Node that can run it, then runs it. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

const [major = 0] = process.versions.node.split('.').map(Number)

if (major >= 24) {
  const { cacheFolder } = await import('./cache-folder.ts')
  const cache = cacheFolder()
  if (cache !== undefined) enableCompileCache(cache)
  const { runCli } = await import('./cli.ts')
  process.exitCode = await runCli(process.argv.slice(2))
} else {
  // Started by its path instead of by `npx`, which puts the Node of node_modules first.
  const node = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url))
  if (!existsSync(node)) {
    process.stderr.write(`zonectl needs Node 24, and this is ${process.version}: run "npm ci" once, then "npx zonectl"\n`)
    process.exit(69)
  }
  const { status } = spawnSync(node, process.argv.slice(1), { stdio: 'inherit' })
  process.exit(status ?? 1)
}
