/** What a verb is given: its flags settled, where to write, and the way to the servers. */
import type { TLSFileNames } from '@zonecast/rpc'
import type { Api } from './api.ts'
import { type Context, defaultDataFolder, readContext } from './context.ts'
import { CliError, unavailableError, usageError } from './failure.ts'
import { type Io, writeAll } from './io.ts'
import { isOn } from './values.ts'

export type OutputFormat = 'table' | 'json' | 'yaml'
/** Which edges a command waits for: all that are expected, more than half of them, or those that are named. */
export type WaitMode = 'all' | 'quorum' | readonly string[]

/** Flags that every verb knows; commander has taken the variables into account. */
export interface CommonFlags {
  readonly data?: string
  readonly server?: string
  readonly tokenFile?: string
  readonly user?: string
  readonly passwordFile?: string
  readonly ca?: string
  readonly clientCert?: string
  readonly clientKey?: string
  readonly allowInsecure?: boolean
  readonly timeout?: number
  readonly output?: OutputFormat
  readonly quiet?: boolean
  readonly input?: boolean
}

export class Run {
  readonly io: Io
  readonly flags: CommonFlags
  readonly format: OutputFormat
  readonly quiet: boolean
  readonly #isVariable: (flag: string) => boolean
  #api: Api | undefined
  /** The token file of the data folder, where that was taken. */
  #folderFile: string | undefined
  #exitCode = 0

  /** `isVariable` tells of a flag that a variable stands for. */
  constructor(io: Io, flags: CommonFlags, isVariable: (flag: string) => boolean = () => false) {
    this.io = io
    this.flags = flags
    this.#isVariable = isVariable
    this.format = flags.output ?? 'table'
    this.quiet = flags.quiet || isOn(io.env['ZONECAST_QUIET'])
  }

  get dataFolder(): string {
    return this.flags.data ?? defaultDataFolder
  }

  get exitCode(): number {
    return this.#exitCode
  }

  /** The command has done its work and said so, and still ends with this. */
  endWith(code: number): void {
    this.#exitCode = code
  }

  /** A line for people, on stderr. */
  talk(line: string): void {
    if (!this.quiet) this.io.stderr.write(`${line}\n`)
  }

  /** Data, on stdout. */
  print(text: string | Uint8Array): Promise<void> {
    return writeAll(this.io.stdout, text)
  }

  /** Data in the format that was asked for. */
  async emit(value: unknown, asTable: () => string): Promise<void> {
    if (this.format === 'table') return this.print(asTable())
    if (this.format === 'json') return this.print(`${JSON.stringify(value, undefined, 2)}\n`)
    const { stringify } = await import('yaml')
    return this.print(stringify(value))
  }

  /** True where a person can answer a question. */
  get canAsk(): boolean {
    const { stdin, stderr, env } = this.io
    return this.flags.input !== false && !isOn(env['ZONECAST_NO_INPUT']) && stdin.isTTY === true && stderr.isTTY === true
  }

  /** Asks before something that cannot be taken back; where nobody can be asked, the command stands. */
  async confirm(question: string): Promise<void> {
    if (!this.canAsk) return
    const { confirm } = await import('@clack/prompts')
    const answer = await confirm({ message: question, initialValue: false, output: this.io.stderr })
    if (answer !== true) throw new CliError('nothing was done')
  }

  context(): Context | undefined {
    return readContext(this.dataFolder)
  }

  /** The services of the zone API. */
  async api(): Promise<Api> {
    this.#api ??= await this.#connect(this.flags.server ?? this.requireContext().server)
    return this.#api
  }

  /** The services of the program at `url`, with the same credential. */
  async connectTo(url: string): Promise<Api> {
    return this.#connect(url)
  }

  requireContext(): Context {
    const context = this.context()
    if (context) return context
    throw unavailableError(`there is no system in ${this.dataFolder}: start one with "npx zonectl up"`, [
      'or say where one is: --data DIR for a folder of this machine, --server URL with --token-file F for another',
    ])
  }

  async #connect(url: string): Promise<Api> {
    const { connect } = await import('./api.ts')
    const { timeout: timeoutMs } = this.flags
    const allowInsecure = this.flags.allowInsecure || isOn(this.io.env['ZONECAST_ALLOW_INSECURE'])
    if (allowInsecure && url.startsWith('http:') && !isLocal(url))
      this.talk(`warning: your credential goes to ${url} in clear text, as you allowed`)
    return connect({
      url,
      ...this.#who(url),
      tls: this.#tlsFor(url),
      ...(allowInsecure && { allowInsecure }),
      ...(timeoutMs && { timeoutMs }),
    })
  }

  /** A token, a name with a password, or a certificate alone; a flag goes before what the data folder has for servers of this machine. */
  #who(url: string): { readonly tokenFile?: string; readonly username?: string; readonly passwordFile?: string } {
    const { tokenFile, user: username, passwordFile, clientCert } = this.flags
    if (username !== undefined || passwordFile !== undefined) {
      if (tokenFile !== undefined) throw usageError('say who you are once: --token-file, or --user with --password-file')
      if (username === undefined) throw usageError('--password-file needs --user: whose password it is')
      if (passwordFile === undefined) throw usageError('--user needs --password-file: a password is never an argument')
      return { username, passwordFile }
    }
    if (tokenFile !== undefined) return { tokenFile }
    // The credential of the system here is nobody else's business.
    const known = isLocal(url) ? this.context()?.tokenFile : undefined
    this.#folderFile = known
    if (known !== undefined) return { tokenFile: known }
    if (clientCert !== undefined) return {}
    throw usageError('say who you are: --token-file F, --user U with --password-file F, or --client-cert F with --client-key F')
  }

  /** What was named, else what the data folder has for servers of this machine. */
  #tlsFor(url: string): TLSFileNames {
    const { ca: caFile, clientCert: certFile, clientKey: keyFile } = this.flags
    const { tls } = (isLocal(url) && this.context()) || {}
    return { ...tls, ...(caFile && { caFile }), ...((certFile || keyFile) && { certFile, keyFile }) }
  }

  /** An error as the reader of a terminal wants it: which server is away. */
  async explain(error: unknown): Promise<unknown> {
    if (!this.#api) return error
    const { explain } = await import('./api.ts')
    return explain(error, this.#api.url)
  }

  /** What a person adds to an error about the credential: where it came from, and the way out. */
  async advice(error: unknown): Promise<string[]> {
    const { credentialAdvice } = await import('./credential-source.ts')
    return credentialAdvice(error, { flags: this.flags, isVariable: this.#isVariable, folderFile: this.#folderFile })
  }

  close(): void {
    this.#api?.close()
  }
}

/** As `up` prints it. */
function isLocal(url: string): boolean {
  return URL.canParse(url) && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)
}
