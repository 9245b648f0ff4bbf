/** A TSIG key with its secret, as name servers have it in their configurations. */
import type { KeyForm } from '../commands/tsig-key.ts'
import { usageError } from '../failure.ts'

interface SharedKey {
  readonly name: string
  readonly algorithm: string
  /** Base64. */
  readonly secret: string
}

/** Each configuration has escapes of its own, so that other names would be read in another way there. */
export function fitsConfig(name: string): boolean {
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.$/.test(name)
}

export function demandFitsConfig(name: string): void {
  if (!fitsConfig(name)) throw usageError(`${name} cannot be written into a configuration as it is; print it with -o json`)
}

export function keyConfig(form: KeyForm, { name, algorithm, secret }: SharedKey): string {
  demandFitsConfig(name)
  const id = name.slice(0, -1)
  switch (form) {
    case 'bind':
      return `key "${id}" {\n\talgorithm ${algorithm};\n\tsecret "${secret}";\n};\n`
    case 'knot':
      return `key:\n  - id: "${id}"\n    algorithm: ${algorithm}\n    secret: "${secret}"\n`
    case 'nsd':
      return `key:\n\tname: "${id}"\n\talgorithm: ${algorithm}\n\tsecret: "${secret}"\n`
    case 'dig':
      return `${algorithm}:${id}:${secret}\n`
  }
}
