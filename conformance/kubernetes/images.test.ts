/** The images, run as the manifests say, are a system: a zone goes in by TLS and is answered, and nothing but that is in them. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { makeSecrets, type Manifest, render } from '@zonecast/deploy'
import { afterAll, beforeAll, test } from 'vitest'
import { goProgram } from '../lib/programs.ts'
import { until } from '../lib/until.ts'
import { type Node, type PodOptions, type RunningPod, startNode } from './pods.ts'

type PodSpec = Pick<PodOptions, 'volumes'> & {
  readonly containers: readonly [
    PodOptions['container'] & { readonly readinessProbe: Probe; readonly livenessProbe: Probe; readonly image: string },
  ]
}

interface Probe {
  readonly grpc: { readonly port: number; readonly service?: string }
}

interface Described {
  readonly 'bom-ref': string
  readonly name: string
  readonly version: string
  readonly licenses: readonly { readonly license?: { readonly id?: string }; readonly expression?: string }[]
}

const mayBePassedOn =
  /^\(?(0BSD|Apache-2\.0|BlueOak-1\.0\.0|BSD-[23]-Clause|ISC|MIT|LGPL-2\.1-or-later|GPL-3\.0-or-later WITH GCC-exception-3\.1)( |$)/

let manifests: Manifest[]
let node: Node
const pods = new Map<string, RunningPod>()

beforeAll(async () => {
  manifests = await render('single-node')
  node = startNode(makeSecrets(1), { 'zone-api': 11, publisher: 12, 'edge-writer-0': 13, zonectl: 14 })
  for (const [workload, name] of [['zone-api'], ['publisher'], ['edge-writer', 'edge-writer-0']] as const) {
    const { containers, volumes } = specOf(workload)
    const pod = await node.start({ name: name ?? workload, app: workload, container: containers[0], volumes })
    await pod.said('ready ')
    pods.set(workload, pod)
  }
})
afterAll(() => node?.close())

const specOf = (workload: string): PodSpec => {
  const manifest = manifests.find(({ kind, metadata }) => metadata.name === workload && /Deployment|StatefulSet/.test(kind))
  assert.ok(manifest, workload)
  return (manifest['spec'] as { template: { spec: PodSpec } }).template.spec
}

/** Packages that stand in the image by themselves. */
function packagesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) =>
    name.startsWith('@') ? readdirSync(`${folder}/${name}`).map((one) => `${name}/${one}`) : [name],
  )
}

/** zonectl as its image, with the administrator's credential. */
async function zonectl(...args: readonly string[]): Promise<string> {
  const pod = await node.start({
    name: 'zonectl',
    app: 'zonectl',
    args,
    container: {
      name: 'zonectl',
      env: Object.entries({
        ZONECAST_SERVER: 'https://zone-api:8053',
        ZONECAST_CA: '/etc/zonecast/ca/ca.crt',
        ZONECAST_TOKEN_FILE: '/etc/zonecast/credential/token',
      }).map(([name, value]) => ({ name, value })),
      volumeMounts: [
        { name: 'ca', mountPath: '/etc/zonecast/ca', readOnly: true },
        { name: 'credential', mountPath: '/etc/zonecast/credential', readOnly: true },
      ],
    },
    volumes: [
      { name: 'ca', configMap: { name: 'zonecast-ca' } },
      { name: 'credential', secret: { secretName: 'administrator-credential' } },
    ],
  })
  const code = await pod.exited
  assert.equal(code, 0, `zonectl ${args.join(' ')}: ${pod.lines.join('\n')}`)
  return pod.lines.join('\n')
}

for (const workload of ['zone-api', 'publisher', 'edge-writer']) {
  test(`${workload}: its probes, as they stand in the manifest, come to be answered`, async () => {
    const { readinessProbe, livenessProbe } = specOf(workload).containers[0]
    for (const { grpc } of [readinessProbe, livenessProbe]) {
      const what = ['-plaintext', '-import-path', 'vendor/grpc', '-proto', 'grpc/health/v1/health.proto']
      const data = ['-d', JSON.stringify({ service: grpc.service ?? '' })]
      const at = [`${pods.get(workload)?.address}:${grpc.port}`, 'grpc.health.v1.Health/Check']
      await until(`${workload} is serving`, () => /"SERVING"/.test(node.run(goProgram('grpcurl'), ...what, ...data, ...at)))
    }
  })

  test(`${workload}: it runs as nobody in particular, on a root that cannot be written to`, () => {
    const { child } = pods.get(workload) as RunningPod
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    for (const line of [/^Uid:\t65532\t65532\t65532/m, /^Gid:\t65532\t65532/m, /^NoNewPrivs:\t1$/m, /^CapEff:\t0+$/m])
      assert.match(status, line)
    const [, options] = /^\S+ \/ \S+ (\S+)/m.exec(readFileSync(`/proc/${child.pid}/mounts`, 'utf8')) ?? []
    assert.match(options ?? '', /^ro,/)
  })

  test(`${workload}: its bill of materials has all that is in it, under licences that may be passed on`, () => {
    const app = `${(pods.get(workload) as RunningPod).root}/app`
    const { components } = JSON.parse(readFileSync(`${app}/sbom.cdx.json`, 'utf8')) as { components: readonly Described[] }
    const licences = readFileSync(`${app}/LICENCES.txt`, 'utf8')
    for (const { name, version, licenses } of components) {
      assert.ok(licences.includes(`${'='.repeat(80)}\n${name} ${version}\n\n`), `${name} ${version} has no text`)
      for (const { license, expression } of licenses) assert.match(license?.id ?? expression ?? '', mayBePassedOn, name)
    }
    const names = new Set(components.map(({ name }) => name))
    assert.equal(new Set(components.map((one) => one['bom-ref'])).size, components.length)
    const sources = readFileSync(`${app}/main.mjs`, 'utf8').matchAll(/^\/\/ (?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)/gm)
    const packages = [...new Set([...sources].map(([, name = '']) => name)), ...packagesIn(`${app}/node_modules`)]
    assert.ok(packages.length > 30, String(packages.length))
    for (const name of ['node', 'libc6', ...packages]) assert.ok(names.has(name), `${name} is not in it`)
  })

  test(`${workload}: there is no shell in the image, and no program but node`, () => {
    const { root } = pods.get(workload) as RunningPod
    assert.deepEqual(readdirSync(`${root}/usr/bin`), ['node'])
    for (const folder of ['bin', 'sbin', 'usr/sbin', 'usr/local']) assert.ok(!readdirSync(root).includes(folder), folder)
  })
}

test('a zone made by zonectl over TLS is answered by the edge, and a change to it is watched until it is', async () => {
  await zonectl('zone', 'create', 'harbour.example', '--ns', 'ns1.example.net.', '--wait')
  await zonectl('record', 'set', 'harbour.example', 'www', 'A', '192.0.2.80', '--wait')
  const edge = pods.get('edge-writer')?.address as string
  const ask = (...args: string[]) => node.run('dig', `@${edge}`, '-p', '5300', '+short', '+tries=1', ...args).trim()
  assert.equal(ask('www.harbour.example', 'A'), '192.0.2.80')
  assert.equal(ask('+tcp', 'www.harbour.example', 'A'), '192.0.2.80')
})

test('a TSIG key is sealed under the Secret, which belongs to root and is readable by the group of the Pod', async () => {
  await zonectl('tsig-key', 'create', 'transfer.example')
  assert.match(await zonectl('tsig-key', 'secret', 'transfer.example'), /^key "transfer\.example" \{$/m)
})

test('SIGTERM ends each Pod well within its grace period', async () => {
  for (const workload of ['edge-writer', 'publisher', 'zone-api']) {
    const { child, exited } = pods.get(workload) as RunningPod
    child.kill('SIGTERM')
    assert.equal(await exited, 0, workload)
  }
})
