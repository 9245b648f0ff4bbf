/** A real kube-apiserver takes every manifest as it is, and refuses it with a wrong field or as an unsafe Pod. */
import assert from 'node:assert/strict'
import { makeSecrets, type Manifest, overlays, readPolicy, refusedSpecs, render } from '@zonecast/deploy'
import { afterAll, beforeAll, test } from 'vitest'
import { type APIServer, startAPIServer } from './api-server.ts'

let server: APIServer
beforeAll(async () => {
  server = await startAPIServer()
})
afterAll(() => server?.close())

for (const overlay of overlays) {
  test(`${overlay}: every manifest is taken, without a warning`, async () => {
    for (const manifest of await render(overlay)) {
      const { status, warnings, body } = await server.apply(manifest)
      assert.ok(status === 200 || status === 201, `${nameOf(manifest)}: ${body.message}`)
      assert.deepEqual(warnings, [], nameOf(manifest))
    }
  })

  test(`${overlay}: each manifest is refused with a field that does not exist`, async () => {
    for (const manifest of await render(overlay)) {
      const place = manifest['spec'] === undefined ? 'metadata' : 'spec'
      const wrong = { ...manifest, [place]: { ...(manifest[place] as object), replica: 1 } }
      const { status, body } = await server.apply(wrong)
      assert.ok(status >= 400, `${nameOf(manifest)} was taken`)
      assert.match(String(body.message), /replica/, nameOf(manifest))
    }
  })

  test(`${overlay}: the Pods of each workload are admitted, and any that is unsafe is refused`, async () => {
    const workloads = (await render(overlay)).filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    assert.equal(workloads.length, 3)
    for (const workload of workloads) {
      const pod = podOf(workload)
      const { status, body } = await server.tryCreate(pod)
      assert.equal(status, 201, `${nameOf(workload)}: ${body.message}`)
      for (const { name, spec } of unsafe(pod['spec'] as PodSpec)) {
        const answer = await server.tryCreate({ ...pod, spec })
        assert.equal(answer.status, 403, `${nameOf(workload)} ${name}: ${answer.body.message}`)
        assert.match(String(answer.body.message), /violates PodSecurity "restricted/, name)
      }
    }
  })
}

test('the Secrets of a new installation are taken', async () => {
  for (const manifest of makeSecrets(3)) {
    const { status, body } = await server.apply(manifest)
    assert.equal(status, 201, `${nameOf(manifest)}: ${body.message}`)
  }
})

const policy = (spec: object): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'tried', namespace: 'default' },
  spec,
})

for (const { name, spec } of refusedSpecs) {
  test(`a policy is refused as our evaluator refuses it: ${name}`, async () => {
    const { status } = await server.tryCreate(policy(spec))
    assert.ok(status === 400 || status === 422, `${status}`)
  })
}

for (const spec of [
  { podSelector: {} },
  { podSelector: {}, egress: [{}] },
  { podSelector: {}, egress: [] },
  { podSelector: {}, policyTypes: ['Egress'], ingress: [{ ports: [{ port: 53 }] }] },
]) {
  test(`the server's defaults are those of our evaluator: ${JSON.stringify(spec)}`, async () => {
    const { status, body } = await server.tryCreate(policy(spec))
    assert.equal(status, 201)
    assert.deepEqual(readPolicy(policy(body['spec'] as object)).spec, readPolicy(policy(spec)).spec)
  })
}

const nameOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`

interface Container {
  readonly securityContext: object
  readonly ports: readonly object[]
  readonly [field: string]: unknown
}

interface PodSpec {
  readonly securityContext: object
  readonly containers: readonly [Container]
  readonly volumes: readonly object[]
  readonly [field: string]: unknown
}

/** What the workload's controller would make; a StatefulSet's claims have names only then. */
function podOf({ metadata, ...workload }: Manifest): Manifest {
  const spec = workload['spec'] as { template: { metadata: object; spec: PodSpec }; volumeClaimTemplates?: readonly object[] }
  const claims = (spec.volumeClaimTemplates ?? []).map(() => ({ name: 'data', emptyDir: {} }))
  const { template } = spec
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...template.metadata, name: metadata.name, namespace: metadata.namespace as string },
    spec: { ...template.spec, volumes: [...template.spec.volumes, ...claims] },
  }
}

function unsafe(spec: PodSpec): { name: string; spec: PodSpec }[] {
  const [container] = spec.containers
  const ofPod = (more: object) => ({ ...spec, securityContext: { ...spec.securityContext, ...more } })
  const ofContainer = (more: Partial<Container>) => ({ ...spec, containers: [{ ...container, ...more }] as const })
  const context = (more: object) => ofContainer({ securityContext: { ...container.securityContext, ...more } })
  return [
    { name: 'as root', spec: ofPod({ runAsUser: 0 }) },
    { name: 'that may be root', spec: ofPod({ runAsNonRoot: false }) },
    { name: 'without a seccomp profile', spec: ofPod({ seccompProfile: { type: 'Unconfined' } }) },
    { name: 'privileged', spec: context({ privileged: true, allowPrivilegeEscalation: true }) },
    { name: 'that may gain privileges', spec: context({ allowPrivilegeEscalation: true }) },
    { name: 'with capabilities', spec: context({ capabilities: {} }) },
    { name: 'with one more capability', spec: context({ capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } }) },
    { name: 'in the network of its node', spec: { ...spec, hostNetwork: true } },
    { name: 'among the processes of its node', spec: { ...spec, hostPID: true } },
    {
      name: 'with a folder of its node',
      spec: { ...spec, volumes: [...spec.volumes, { name: 'node', hostPath: { path: '/' } }] },
    },
    { name: 'with a port of its node', spec: ofContainer({ ports: [{ containerPort: 9, hostPort: 9 }] }) },
  ]
}
