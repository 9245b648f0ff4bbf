/** Configuration: the environment first, then a file, checked at once and as a whole. */
import { readFileSync } from 'node:fs'
import { parse as parseYAML } from 'yaml'
import { z } from 'zod'

export interface LoadConfigOptions {
  readonly env?: NodeJS.ProcessEnv
  /** A JSON or YAML file; by default the one that `<prefix>CONFIG_FILE` names. */
  readonly file?: string
  readonly prefix?: string
  /** Variables with our prefix that other programs read, without the prefix. */
  readonly others?: readonly string[]
}

export interface ConfigProblem {
  readonly variable: string
  /** What was found; never shown for a secret. */
  readonly value: string | undefined
  readonly rule: string
}

/** Everything that is wrong with the configuration. */
export class ConfigError extends Error {
  readonly exitCode = 64
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(`wrong configuration: ${problems.map(describe).join('; ')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** Read by `zonectl` or by every program, so no mistake in the environment of an app. */
const shared =
  'CONFIG_FILE LOG_LEVEL SERVER TOKEN_FILE USER PASSWORD_FILE CA CLIENT_CERT_FILE CLIENT_KEY_FILE WAIT TIMEOUT OUTPUT QUIET NO_INPUT DATA PORT_BASE'

/**
 * The configuration that `schema` describes. A field `dataFolder` is the variable `ZONECAST_DATA_FOLDER`, `dns.port` is
 * `ZONECAST_DNS_PORT`; `<variable>_FILE` names a file that holds the value. Text becomes a number, a boolean (`true`, `false`) or
 * a list (separated by commas) where the schema wants one. Unknown names and wrong values end in one `ConfigError`.
 */
export function loadConfig<Schema extends z.ZodObject>(schema: Schema, options: LoadConfigOptions = {}): z.output<Schema> {
  const { env = process.env, prefix = 'ZONECAST_', others = [] } = options
  const problems: ConfigProblem[] = []
  const fields = fieldsOf(schema, [])
  const values = fromFile(options.file ?? env[`${prefix}CONFIG_FILE`], problems)
  const known = new Set([...shared.split(' '), ...others].map((name) => prefix + name))
  const hidden = new Set<string>()
  for (const field of fields) {
    const variable = prefix + variableOf(field.path)
    known.add(variable).add(`${variable}_FILE`)
    if (/TOKEN|PASSWORD|SECRET|KEY|DATABASE_URL/.test(variable)) hidden.add(variable)
    const text = env[variable] ?? fromSecretFile(variable, env, hidden, problems, fields, prefix)
    if (text !== undefined) setPath(values, field.path, coerce(text, field.type))
  }
  for (const variable of Object.keys(env)) {
    if (variable.startsWith(prefix) && !known.has(variable)) {
      problems.push({ variable, value: undefined, rule: 'is not known' })
    }
  }
  problems.push(...unknownNames(schema, values))
  const result = schema.safeParse(values)
  if (!result.success) problems.push(...result.error.issues.map((issue) => problemOf(issue, values, prefix, hidden)))
  if (problems.length > 0 || !result.success) throw new ConfigError(problems)
  return result.data as z.output<Schema>
}

interface Field {
  readonly path: readonly string[]
  readonly type: string
}

function fieldsOf(schema: z.ZodObject, path: readonly string[]): Field[] {
  return Object.entries(schema.shape).flatMap(([name, declared]) => {
    const inner = unwrapped(declared as z.ZodType)
    const here = [...path, name]
    return inner instanceof z.ZodObject ? fieldsOf(inner, here) : [{ path: here, type: inner.def.type }]
  })
}

/** The type inside `optional`, `default` and the like, which say nothing about how text is read. */
function unwrapped(type: z.ZodType): z.ZodType {
  const { innerType, in: input } = type.def as { innerType?: z.ZodType; in?: z.ZodType }
  if (innerType) return unwrapped(innerType)
  return type.def.type === 'pipe' && input ? unwrapped(input) : type
}

/** Names in the file that the schema has no place for. */
function unknownNames(schema: z.ZodObject, values: Record<string, unknown>, path: readonly string[] = []): ConfigProblem[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const declared = schema.shape[name] as z.ZodType | undefined
    const here = [...path, name]
    if (!declared) return [{ variable: here.join('.'), value: undefined, rule: 'is not known' }]
    const inner = unwrapped(declared)
    const nested = inner instanceof z.ZodObject && typeof value === 'object' && value !== null
    return nested ? unknownNames(inner, value as Record<string, unknown>, here) : []
  })
}

function variableOf(path: readonly (string | number)[]): string {
  return path
    .map((name) =>
      String(name)
        .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
        .toUpperCase(),
    )
    .join('_')
}

function coerce(text: string, type: string): unknown {
  if (type === 'number' && text.trim() !== '' && !Number.isNaN(Number(text))) return Number(text)
  if (type === 'boolean' && (text === 'true' || text === '1')) return true
  if (type === 'boolean' && (text === 'false' || text === '0')) return false
  if (type === 'array')
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
  return text
}

function fromSecretFile(
  variable: string,
  env: NodeJS.ProcessEnv,
  hidden: Set<string>,
  problems: ConfigProblem[],
  fields: readonly Field[],
  prefix: string,
): string | undefined {
  const name = `${variable}_FILE`
  const file = env[name]
  // A field of its own called `…File` wants the file's name, not what is in it.
  if (file === undefined || fields.some((field) => prefix + variableOf(field.path) === name)) return undefined
  hidden.add(variable)
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    problems.push({ variable: name, value: file, rule: `cannot be read (${(error as Error).message})` })
    return undefined
  }
}

function fromFile(file: string | undefined, problems: ConfigProblem[]): Record<string, unknown> {
  if (file === undefined) return {}
  try {
    // YAML 1.2 includes JSON, so one reader does for both.
    const content: unknown = parseYAML(readFileSync(file, 'utf8')) ?? {}
    if (typeof content === 'object' && !Array.isArray(content)) return content as Record<string, unknown>
    problems.push({ variable: file, value: undefined, rule: 'must hold a mapping of names to values' })
  } catch (error) {
    problems.push({ variable: file, value: undefined, rule: `cannot be read (${(error as Error).message})` })
  }
  return {}
}

function setPath(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let place = target
  for (const name of path.slice(0, -1)) place = (place[name] ??= {}) as Record<string, unknown>
  place[path.at(-1) as string] = value
}

function problemOf(
  issue: z.core.$ZodIssue,
  values: Record<string, unknown>,
  prefix: string,
  hidden: ReadonlySet<string>,
): ConfigProblem {
  const path = issue.path.map(String)
  const variable = prefix + variableOf(path)
  const found = path.reduce<unknown>((place, name) => (place as Record<string, unknown> | undefined)?.[name], values)
  const shown = found === undefined || hidden.has(variable) ? undefined : JSON.stringify(found)
  return { variable, value: shown, rule: found === undefined ? 'is missing' : issue.message }
}

function describe({ variable, value, rule }: ConfigProblem): string {
  return value === undefined ? `${variable} ${rule}` : `${variable}=${value}: ${rule}`
}
