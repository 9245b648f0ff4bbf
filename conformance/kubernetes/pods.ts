/**
 * Runs images as a kubelet would run their Pods: as the image's user, on a root that is read-only, with the volumes, files and variables
 * of the manifest, each in a network of its own. Needs root.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { buildImage, type Manifest } from '@zonecast/deploy'

interface Container {
  readonly name: string
  readonly env?: readonly { name: string; value?: string; valueFrom?: unknown }[]
  readonly volumeMounts?: readonly { name: string; mountPath: string; subPathExpr?: string; readOnly?: boolean }[]
  readonly [field: string]: unknown
}

interface Volume {
  readonly name: string
  readonly secret?: { readonly secretName: string }
  readonly configMap?: { readonly name: string }
}

export interface PodOptions {
  readonly name: string
  /** Its image is built from `apps/APP`. */
  readonly app: string
  readonly container: Container
  readonly volumes: readonly Volume[]
  readonly args?: readonly string[]
}

export interface Node {
  /** Starts a Pod; `address` is what its name leads to. */
  start(pod: PodOptions): Promise<RunningPod>
  /** Runs a program in the network of the node. */
  run(program: string, ...args: readonly string[]): string
  close(): Promise<void>
}

export interface RunningPod {
  readonly address: string
  readonly root: string
  readonly child: ChildProcess
  /** Standard output, by lines. */
  readonly lines: readonly string[]
  readonly exited: Promise<number | string>
  /** Resolves with the first line that begins so. */
  said(beginning: string): Promise<string>
}

const user = 65_532
const network = '10.233.7'
const sh = (command: string) => execFileSync('sh', ['-ec', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** `addresses` gives each Pod the last part of its address; names of Services lead to the Pods of the same name. */
export function startNode(secrets: readonly Manifest[], addresses: Readonly<Record<string, number>>): Node {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-pods-'))
  const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run')]
  const files = materialize(secrets, join(folder, 'files'))
  const hosts = Object.entries(addresses).map(([name, last]) => `${network}.${last} ${name}`)
  writeFileSync(join(folder, 'hosts'), `127.0.0.1 localhost\n${hosts.join('\n')}\n`)
  const prefix = `zk${process.pid}`
  const networks: string[] = [`${prefix}n`]
  sh(`ip netns add ${prefix}n
    ip -n ${prefix}n link add br0 type bridge
    ip -n ${prefix}n addr add ${network}.1/24 dev br0
    ip -n ${prefix}n link set br0 up`)
  const running: RunningPod[] = []
  const images = new Map<string, string>()
  return {
    async start(pod) {
      const address = `${network}.${addresses[pod.name]}`
      const namespace = `${prefix}p${networks.length}`
      networks.push(namespace)
      plugIn(namespace, prefix, address)
      images.set(pod.app, images.get(pod.app) ?? buildImage({ project: `apps/${pod.app}`, tag: 'test', flags: storage }))
      const started = startPod(pod, { folder, files, storage, namespace, address, image: images.get(pod.app) as string })
      running.push(started)
      return started
    },
    run: (program, ...args) =>
      execFileSync('ip', ['netns', 'exec', `${prefix}n`, program, ...args], { encoding: 'utf8', timeout: 60_000 }),
    async close() {
      for (const { child } of running) child.kill('SIGKILL')
      await Promise.all(running.map(({ exited }) => exited))
      for (const one of networks) sh(`ip netns delete ${one}`)
      execFileSync('buildah', [...storage, 'rm', '--all'], { env: buildahEnv, stdio: 'ignore' })
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const buildahEnv = { STORAGE_DRIVER: 'vfs', ...process.env }

function plugIn(namespace: string, prefix: string, address: string): void {
  sh(`ip netns add ${namespace}
    ip link add v${namespace} netns ${prefix}n type veth peer name eth0 netns ${namespace}
    ip -n ${prefix}n link set v${namespace} master br0 up
    ip -n ${namespace} addr add ${address}/24 dev eth0
    ip -n ${namespace} link set eth0 up
    ip -n ${namespace} link set lo up`)
}

/** Secrets and ConfigMaps as folders, readable by the Pods' group as `fsGroup` has it. */
function materialize(manifests: readonly Manifest[], folder: string): string {
  for (const manifest of manifests) {
    const place = join(folder, manifest.metadata.name)
    mkdirSync(place, { recursive: true })
    const data = (manifest['stringData'] ?? manifest['data']) as Readonly<Record<string, string>>
    for (const [name, content] of Object.entries(data)) {
      writeFileSync(join(place, name), content, { mode: 0o440 })
      chownSync(join(place, name), 0, user)
    }
  }
  return folder
}

interface Place {
  readonly folder: string
  readonly files: string
  readonly storage: readonly string[]
  readonly namespace: string
  readonly address: string
  readonly image: string
}

interface ImageConfig {
  readonly User: string
  readonly Env: readonly string[]
  readonly Entrypoint: readonly string[]
  readonly WorkingDir: string
}

function startPod({ name, container, volumes, args = [] }: PodOptions, place: Place): RunningPod {
  const buildah = (...command: readonly string[]) =>
    execFileSync('buildah', [...place.storage, ...command], {
      encoding: 'utf8',
      env: buildahEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  const root = buildah('mount', buildah('from', '--pull-never', place.image))
  const { config } = (JSON.parse(buildah('inspect', '--type=image', place.image)) as { OCIv1: { config: ImageConfig } }).OCIv1
  const env = variablesOf(container, name)
  const mounts = mountsOf(container, volumes, env, join(place.folder, name), place.files)
  const script = [
    'mount --make-rprivate /',
    `mount --bind ${root} ${root}`,
    ...[
      ...mounts,
      { from: join(place.folder, 'hosts'), to: '/etc/hosts', readOnly: true },
      { from: '/dev/null', to: '/dev/null' },
    ].map(({ from, to, readOnly }) => {
      makeTarget(join(root, to), from)
      return `mount --bind ${from} ${root}${to}${readOnly ? ` && mount -o remount,ro,bind ${root}${to}` : ''}`
    }),
    `mount -o remount,ro,bind ${root}`,
    `mount -t proc proc ${root}/proc`,
    `cd ${root} && exec setpriv --no-new-privs chroot --userspec=${config.User} . "$@"`,
  ].join('\n')
  const command = [
    'netns',
    'exec',
    place.namespace,
    'unshare',
    '--mount',
    'sh',
    '-ec',
    script,
    'sh',
    ...config.Entrypoint,
    ...args,
  ]
  const imageEnv = Object.fromEntries(config.Env.map((one) => one.split(/=(.*)/s).slice(0, 2)))
  const child = spawn('ip', command, {
    env: { PATH: process.env['PATH'] as string, ...imageEnv, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { ...watch(child), address: place.address, root, child }
}

function watch(child: ChildProcess): Pick<RunningPod, 'lines' | 'exited' | 'said'> {
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  reader.on('line', (line) => lines.push(line))
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  return {
    lines,
    exited,
    async said(beginning) {
      for (;;) {
        const found = lines.find((line) => line.startsWith(beginning))
        if (found !== undefined) return found
        const ended = await Promise.race([once(reader, 'line').then(() => undefined), exited])
        if (ended !== undefined) throw new Error(`it ended with ${ended}: ${lines.join('\n')}`)
      }
    },
  }
}

function variablesOf({ env = [] }: Container, podName: string): Record<string, string> {
  // The only field that our manifests refer to is the Pod's name.
  return Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, valueFrom === undefined ? (value ?? '') : podName]))
}

interface Mount {
  readonly from: string
  readonly to: string
  readonly readOnly?: boolean | undefined
}

function mountsOf(
  container: Container,
  volumes: readonly Volume[],
  env: Record<string, string>,
  own: string,
  files: string,
): Mount[] {
  return (container.volumeMounts ?? []).map(({ name, mountPath, subPathExpr, readOnly }) => {
    const volume = volumes.find((one) => one.name === name)
    const given = volume?.secret?.secretName ?? volume?.configMap?.name
    const from = given === undefined ? dataFolder(join(own, name)) : join(files, given)
    const part = subPathExpr?.replaceAll(/\$\((\w+)\)/g, (_, variable: string) => env[variable] ?? '')
    return { from: part === undefined ? from : join(from, part), to: mountPath, readOnly }
  })
}

/** A volume of the Pod's own, which belongs to root and to the Pods' group. */
function dataFolder(path: string): string {
  mkdirSync(path, { recursive: true })
  chownSync(path, 0, user)
  chmodSync(path, 0o2775)
  return path
}

/** A container's runtime makes the places where things are mounted, as files or as folders. */
function makeTarget(target: string, from: string): void {
  mkdirSync(dirname(target), { recursive: true })
  sh(`if [ -d '${from}' ]; then mkdir -p '${target}'; else touch '${target}'; fi`)
}
