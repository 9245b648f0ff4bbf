/** A real kube-apiserver with etcd behind it, on loopback ports and in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import type { Manifest } from '@zonecast/deploy'
import { createAuthority, issueCertificate } from '@zonecast/runtime/certificates'
import { freePort } from '../lib/free-port.ts'
import { goProgram } from '../lib/programs.ts'

export interface Answer {
  readonly status: number
  /** Of the Warning headers, such as those of PodSecurity. */
  readonly warnings: readonly string[]
  readonly body: { readonly message?: string; readonly [field: string]: unknown }
}

export interface APIServer {
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>
  /** Server-side apply, with strict validation of fields. */
  apply(manifest: Manifest): Promise<Answer>
  /** Asks for a new object, which is checked like any other and not kept. */
  tryCreate(manifest: Manifest): Promise<Answer>
  close(): Promise<void>
}

export async function startAPIServer(): Promise<APIServer> {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-kube-'))
  const file = (name: string) => join(folder, name)
  const token = randomBytes(16).toString('hex')
  makeKeys(folder)
  writeFileSync(file('tokens.csv'), `${token},tester,1,"system:masters"\n`)
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()]
  const etcdURL = `http://127.0.0.1:${etcdPort}`
  const etcd = start('etcd', file('etcd.log'), {
    'data-dir': file('etcd'),
    'listen-client-urls': etcdURL,
    'advertise-client-urls': etcdURL,
    'listen-peer-urls': `http://127.0.0.1:${peerPort}`,
    'initial-advertise-peer-urls': `http://127.0.0.1:${peerPort}`,
    'initial-cluster': `default=http://127.0.0.1:${peerPort}`,
  })
  const server = start(goProgram('kube-apiserver-1.37.2'), file('kube-apiserver.log'), {
    'etcd-servers': etcdURL,
    'bind-address': '127.0.0.1',
    'secure-port': String(port),
    'tls-cert-file': file('tls.crt'),
    'tls-private-key-file': file('tls.key'),
    'token-auth-file': file('tokens.csv'),
    // So that PodSecurity alone refuses a privileged Pod.
    'allow-privileged': 'true',
    'authorization-mode': 'RBAC',
    'service-cluster-ip-range': '10.96.0.0/16',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': file('accounts.pub'),
    'service-account-signing-key-file': file('accounts.key'),
  })
  const ca = readFileSync(file('ca.crt'))
  const call: APIServer['call'] = (method, path, body, contentType = 'application/json') =>
    send({ port, ca, token, method, path, contentType, body })
  const close = async () => {
    for (const child of [server, etcd]) await stop(child)
    rmSync(folder, { recursive: true })
  }
  try {
    await ready(call, server, file('kube-apiserver.log'))
  } catch (error) {
    await close()
    throw error
  }
  return { call, close, ...createVerbs(call) }
}

/** Paths come from what the server says of itself. */
function createVerbs(call: APIServer['call']): Pick<APIServer, 'apply' | 'tryCreate'> {
  const known = new Map<string, Promise<Answer>>()
  async function pathOf({ apiVersion, kind, metadata }: Manifest): Promise<string> {
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
    known.set(base, known.get(base) ?? call('GET', base))
    const { body } = (await known.get(base)) as Answer
    const resources = body['resources'] as readonly { kind: string; name: string; namespaced: boolean }[]
    const found = resources.find((one) => one.kind === kind && !one.name.includes('/'))
    if (!found) throw new Error(`the server has no ${kind} of ${apiVersion}`)
    return `${base}${found.namespaced ? `/namespaces/${metadata.namespace}` : ''}/${found.name}`
  }
  return {
    async apply(manifest) {
      const path = `${await pathOf(manifest)}/${manifest.metadata.name}?fieldManager=conformance&force=true&fieldValidation=Strict`
      return call('PATCH', path, manifest, 'application/apply-patch+yaml')
    },
    async tryCreate(manifest) {
      return call('POST', `${await pathOf(manifest)}?fieldValidation=Strict&dryRun=All`, manifest)
    },
  }
}

interface Call {
  readonly port: number
  readonly ca: Buffer
  readonly token: string
  readonly method: string
  readonly path: string
  readonly contentType: string
  readonly body: unknown
}

async function send({ port, ca, token, method, path, contentType, body }: Call): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': contentType }
  const sent = request({ host: '127.0.0.1', port, ca, method, path, headers })
  sent.end(body === undefined ? undefined : JSON.stringify(body))
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage]
  const said = await text(response)
  const warnings = response.headersDistinct['warning'] ?? []
  return { status: response.statusCode ?? 0, warnings, body: said.startsWith('{') ? JSON.parse(said) : { message: said } }
}

const longestStartMs = 120_000
const dayMs = 86_400_000

async function ready(call: APIServer['call'], server: ChildProcess, log: string): Promise<void> {
  const until = performance.now() + longestStartMs
  for (;;) {
    const answer = await call('GET', '/readyz').catch(() => undefined)
    // The namespace `default` is made a moment later than the rest.
    if (answer?.status === 200 && (await call('GET', '/api/v1/namespaces/default')).status === 200) return
    if (server.exitCode !== null || performance.now() > until) {
      throw new Error(`kube-apiserver is not ready:\n${readFileSync(log, 'utf8').split('\n').slice(-20).join('\n')}`)
    }
    await pause(100)
  }
}

function start(program: string, log: string, flags: Readonly<Record<string, string>>): ChildProcess {
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  return spawn('sh', ['-c', `exec "$0" "$@" >'${log}' 2>&1`, program, ...args], { stdio: 'ignore' })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** The certificate of an authority that nothing else has, and the key pair that signs tokens of service accounts. */
function makeKeys(folder: string): void {
  const validity = { notBeforeMs: Date.now() - dayMs, notAfterMs: Date.now() + dayMs }
  const authority = createAuthority({ commonName: 'kubernetes', ...validity })
  const subject = { commonName: 'kube-apiserver', names: ['localhost', '127.0.0.1'], usages: ['server'] as const, ...validity }
  const { cert, key } = issueCertificate(authority, subject)
  const pem = { type: 'pkcs1', format: 'pem' } as const
  const publicKeyEncoding = { ...pem, type: 'spki' } as const
  const accounts = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding, privateKeyEncoding: pem })
  for (const [name, written] of Object.entries({
    'ca.crt': authority.cert,
    'tls.crt': cert,
    'tls.key': key,
    'accounts.key': accounts.privateKey,
    'accounts.pub': accounts.publicKey,
  }))
    writeFileSync(join(folder, name), written)
}
