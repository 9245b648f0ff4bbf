/** Loaded before a program (`--import`): replaces text in its modules as they are loaded, to make it a broken build of itself. */
import { registerHooks } from 'node:module'

interface Mutation {
  /** The end of the module's path. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

const mutations = JSON.parse(process.env['FAULT_MUTATIONS'] ?? '[]') as Mutation[]

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const wanted = mutations.filter(({ file }) => url.endsWith(file))
    if (wanted.length === 0 || loaded.source === undefined || loaded.source === null) return loaded
    let source = Buffer.from(loaded.source as Uint8Array).toString()
    for (const { file, find, replace } of wanted) {
      // A mutation whose target has gone proves nothing: the program does not start.
      if (source.split(find).length !== 2) throw new Error(`${file} does not have exactly once: ${find}`)
      source = source.replace(find, () => replace)
      process.stderr.write(`mutated ${file}\n`)
    }
    return { ...loaded, source }
  },
})
