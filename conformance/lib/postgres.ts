/** A PostgreSQL of the test's own: Debian's programs over a temporary folder, on a port of loopback that was free. */
import { execFile } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'

const run = promisify(execFile)
export const programs = process.env['ZONECAST_POSTGRESQL'] || '/usr/lib/postgresql/15/bin'

export interface PostgresServer {
  readonly folder: string
  readonly port: number
  /** The URL of a database on it, which is made when it is not there. */
  database(name: string): Promise<string>
  /** Runs SQL and gives what psql prints, a line a row, with `|` between the columns. */
  sql(database: string, statement: string): Promise<string[]>
  start(): Promise<void>
  /** `fast` ends connections, `immediate` is as a crash. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>
  /** Pids of the server and of all that it has started. */
  pids(): Promise<number[]>
  close(): Promise<void>
}

/** The server refuses to run as root: it is then run as the user that Debian's package makes. */
const asOther = userInfo().uid === 0
/** Who may do everything, and enters without a password. */
export const superuser = asOther ? 'postgres' : userInfo().username

function as(command: string, args: readonly string[]): Promise<{ stdout: string }> {
  const options = { cwd: '/', timeout: 60_000 }
  return asOther ? run('setpriv', [...identity, command, ...args], options) : run(command, [...args], options)
}
const identity = ['--reuid=postgres', '--regid=postgres', '--init-groups', '--']

export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
  hostAuth = 'trust',
): Promise<PostgresServer> {
  if (!existsSync(join(programs, 'initdb'))) throw new Error(`there is no PostgreSQL in ${programs}: install postgresql`)
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-postgres-'))
  if (asOther) {
    const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)))
    chownSync(folder, uid!, gid!)
  }
  chmodSync(folder, 0o700)
  const data = join(folder, 'data')
  const port = await freePort()
  const auth = ['--auth-local=trust', `--auth-host=${hostAuth}`]
  await as(join(programs, 'initdb'), ['-D', data, '-E', 'UTF8', '--locale=C.UTF-8', ...auth, '--no-sync'])
  const lines = Object.entries({
    port,
    listen_addresses: "'127.0.0.1'",
    unix_socket_directories: `'${folder}'`,
    max_connections: 200,
    ...settings,
  })
  writeFileSync(join(data, 'postgresql.conf'), lines.map(([name, value]) => `${name} = ${value}\n`).join(''), { flag: 'a' })

  const control = (...args: string[]) => as(join(programs, 'pg_ctl'), ['-D', data, '-w', '-l', join(folder, 'log'), ...args])
  const server: PostgresServer = {
    folder,
    port,
    async database(name) {
      if ((await server.sql('postgres', `SELECT 1 FROM pg_database WHERE datname = '${name}'`)).length === 0)
        await server.sql('postgres', `CREATE DATABASE ${name}`)
      return `postgres://${superuser}@127.0.0.1:${port}/${name}`
    },
    async sql(database, statement) {
      const { stdout } = await as(join(programs, 'psql'), [
        '-XAtq',
        '-h',
        folder,
        '-p',
        String(port),
        '-d',
        database,
        '-c',
        statement,
      ])
      return stdout.split('\n').filter((line) => line !== '')
    },
    start: async () => void (await control('start')),
    stop: async (mode = 'fast') => void (await control('-m', mode, 'stop')),
    async pids() {
      const { stdout } = await run('pgrep', ['-f', data])
      const [main] = stdout.split('\n').map(Number)
      const { stdout: children } = await run('pgrep', ['-P', String(main)])
      return [main!, ...children.split('\n').filter(Boolean).map(Number)]
    },
    async close() {
      await control('-m', 'immediate', 'stop').catch(() => {})
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}
