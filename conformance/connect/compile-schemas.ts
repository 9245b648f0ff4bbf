/** Compiles the schemas of the Connect conformance suite, which come with its Go module. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** The version that `.ci/run` installs: the schemas must be those of the program. */
const suiteModule = 'connectrpc.com/conformance@v1.0.7'

/** Names the compiled schemas to the server and the client, which the suite starts. */
export const schemasVariable = 'CONNECT_CONFORMANCE_SCHEMAS'

const run = promisify(execFile)

/** Writes them into a file. Go finds its module in its cache, or fetches it there. */
export async function compileSchemas(path: string): Promise<void> {
  const { stdout } = await run('go', ['mod', 'download', '-json', suiteModule])
  const { Dir: folder } = JSON.parse(stdout) as { Dir: string }
  await run('buf', ['build', join(folder, 'proto'), '--as-file-descriptor-set', '-o', `${path}#format=binpb`])
}
