/** Makes the Secrets of a new installation, with an authority of its own: `node deploy/secrets.ts [--edges N] | kubectl apply -f -`. */
import { createAuthority, issueCertificate, type KeyPair } from '@zonecast/runtime/certificates'
import { createHash, randomBytes } from 'node:crypto'
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
  const { ca, certificate } = makeAuthority()
  return [
    { ...named('ConfigMap', 'zonecast-ca'), data: { 'ca.crt': ca } },
    secret('ingress-upstream-ca', { 'ca.crt': ca }),
    secret('zone-api-bootstrap', { 'bootstrap.json': JSON.stringify(bootstrap) }),
    secret('zone-api-seal', { 'seal.keys': `${randomBytes(32).toString('base64')}\n` }),
    secret('administrator-credential', token('administrator')),
    secret('publisher-credential', token('publisher')),
    secret('edge-credentials', Object.fromEntries(edgeIds.map((name) => [name, tokens.get(name) as string]))),
    tlsSecret('zone-api-tls', certificate(['zone-api', 'zone-api.zonecast.svc', 'zone-api-entrance'])),
    tlsSecret('publisher-tls', certificate(['publisher', 'publisher.zonecast.svc'])),
    tlsSecret('edge-writer-tls', certificate(['edge-writer', '*.edge-writer', '*.edge-writer.zonecast.svc'])),
  ]
}

const newToken = (): string => `zc_${randomBytes(32).toString('base64url')}`

const named = (kind: string, name: string): Manifest => ({ apiVersion: 'v1', kind, metadata: { name, namespace } })

const secret = (name: string, stringData: Readonly<Record<string, string>>): Manifest => ({
  ...named('Secret', name),
  type: 'Opaque',
  stringData,
})

const tlsSecret = (name: string, { cert, key }: KeyPair): Manifest => ({
  ...named('Secret', name),
  type: 'kubernetes.io/tls',
  stringData: { 'tls.crt': cert, 'tls.key': key },
})

interface Authority {
  readonly ca: string
  certificate(names: readonly [string, ...string[]]): KeyPair
}

const dayMs = 86_400_000

/** An authority for as long as this runs: its key is kept nowhere. */
function makeAuthority(): Authority {
  const notBeforeMs = Date.now() - dayMs
  const authority = createAuthority({ commonName: 'zonecast', notBeforeMs, notAfterMs: notBeforeMs + 3650 * dayMs })
  return {
    ca: authority.cert,
    certificate: (names) =>
      issueCertificate(authority, {
        commonName: names[0],
        names,
        usages: ['server', 'client'],
        notBeforeMs,
        notAfterMs: notBeforeMs + 825 * dayMs,
      }),
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
