/** Makes the Secrets of a new installation, with an authority of its own: `node deploy/secrets.ts [--edges N] | kubectl apply -f -`. */
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import type { Manifest } from './policy/manifests.ts'

const namespace = 'zonecast'

/** Credentials are tokens of 256 random bits; the zone API is given hashes alone. */
export function makeSecrets(edges: number): Manifest[] {
  const edgeIds = Array.from({ length: edges }, (_, i) => `edge-writer-${i}`)
  const tokens = new Map(['administrator', 'publisher', ...edgeIds].map((name) => [name, newToken()]))
  const bootstrap = [...tokens].map(([principal, token]) => {
    const role = edgeIds.includes(principal) ? 'edge' : principal
    const sha256 = createHash('sha256').update(token).digest('hex')
    return { principal, role, sha256, ...(role === 'edge' && { edgeId: principal, placements: ['default'] }) }
  })
  const token = (name: string) => ({ token: tokens.get(name) as string })
  return withAuthority(({ ca, certificate }) => [
    { ...named('ConfigMap', 'zonecast-ca'), data: { 'ca.crt': ca } },
    secret('ingress-upstream-ca', { 'ca.crt': ca }),
    secret('zone-api-bootstrap', { 'bootstrap.json': JSON.stringify(bootstrap) }),
    secret('administrator-credential', token('administrator')),
    secret('publisher-credential', token('publisher')),
    secret('edge-credentials', Object.fromEntries(edgeIds.map((name) => [name, tokens.get(name) as string]))),
    tlsSecret('zone-api-tls', certificate(['zone-api', 'zone-api.zonecast.svc', 'zone-api-entrance'])),
    tlsSecret('publisher-tls', certificate(['publisher', 'publisher.zonecast.svc'])),
    tlsSecret('edge-writer-tls', certificate(['edge-writer', '*.edge-writer', '*.edge-writer.zonecast.svc'])),
  ])
}

const newToken = (): string => `zc_${randomBytes(32).toString('base64url')}`

const named = (kind: string, name: string): Manifest => ({ apiVersion: 'v1', kind, metadata: { name, namespace } })

const secret = (name: string, stringData: Readonly<Record<string, string>>): Manifest => ({
  ...named('Secret', name),
  type: 'Opaque',
  stringData,
})

interface KeyPair {
  readonly cert: string
  readonly key: string
}

const tlsSecret = (name: string, { cert, key }: KeyPair): Manifest => ({
  ...named('Secret', name),
  type: 'kubernetes.io/tls',
  stringData: { 'tls.crt': cert, 'tls.key': key },
})

interface Authority {
  readonly ca: string
  certificate(names: readonly string[]): KeyPair
}

/** An authority that signs what it is asked for meanwhile, and whose key is gone then. */
function withAuthority<T>(use: (authority: Authority) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-authority-'))
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  try {
    const ca = ['-subj', '/CN=zonecast', '-days', '3650', '-addext', 'keyUsage=critical,keyCertSign,cRLSign']
    openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.crt', ...ca)
    return use({
      ca: readFileSync(file('ca.crt'), 'utf8'),
      certificate(names) {
        writeFileSync(
          file('names'),
          `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}\nextendedKeyUsage=serverAuth\n`,
        )
        openssl('req', ...newKey, '-keyout', 'tls.key', '-out', 'tls.csr', '-subj', `/CN=${names[0]}`)
        const signer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial']
        openssl('x509', '-req', '-in', 'tls.csr', ...signer, '-days', '825', '-extfile', 'names', '-out', 'tls.crt')
        return { cert: readFileSync(file('tls.crt'), 'utf8'), key: readFileSync(file('tls.key'), 'utf8') }
      },
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { edges: { type: 'string', default: '1' } } })
  const count = Number(values.edges)
  if (!Number.isInteger(count) || count < 1) throw new Error('--edges must be a number of edges')
  process.stdout.write(
    makeSecrets(count)
      .map((one) => stringify(one))
      .join('---\n'),
  )
}
