/** A real Kafka broker on loopback: one process, KRaft mode, a data folder and ports of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'
import { goProgram } from './programs.ts'

const run = promisify(execFile)

/** Where `.ci/run` puts the broker's jars. */
const jars = goProgram('kafka-4.1.0')

export interface KafkaBroker {
  /** `host:port`, for `ZONECAST_KAFKA_BROKERS`. */
  readonly address: string
  readonly port: number
  /** The authority of a secure broker's certificate. */
  readonly caFile: string
  readonly pid: number
  /** Ends it with a signal and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Starts it again after a stop, on its ports and over its data. */
  start(): Promise<void>
  /** Stops it and removes its data. */
  close(): Promise<void>
}

export interface KafkaOptions {
  /** Takes TLS and users alone on `address`, which is a name then: PLAIN and SCRAM-SHA-256. */
  readonly secure?: { readonly user: string; readonly password: string }
}

/** Starts a broker and waits until it takes connections; a machine without Java or the jars is an error. */
export async function startKafka({ secure }: KafkaOptions = {}): Promise<KafkaBroker> {
  if (!existsSync(jars)) throw new Error(`the jars of Kafka are not in ${jars}: .ci/run fetches them`)
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-kafka-'))
  const [port, controllerPort] = [await freePort(), await freePort()]
  const settings = {
    ...settingsOf(folder, port, controllerPort),
    ...(secure && (await secureSettings(folder, secure, { port, controllerPort, innerPort: await freePort() }))),
  }
  const file = join(folder, 'server.properties')
  const text = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(file, text.join(''))
  const user = secure && `SCRAM-SHA-256=[name=${secure.user},password=${secure.password}]`
  const format = ['format', '-c', file, '-t', clusterId, ...(user ? ['--add-scram', user] : [])]
  await run('java', [...javaOptions, 'kafka.tools.StorageTool', ...format])
  let child = await launch(file, port)
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  return {
    address: `${secure ? 'localhost' : '127.0.0.1'}:${port}`,
    caFile: join(folder, 'ca.pem'),
    port,
    get pid() {
      return child.pid as number
    },
    stop,
    start: async () => {
      child = await launch(file, port)
    },
    close: async () => {
      await stop('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const clusterId = 'em9uZWNhc3QtdGVzdHMtMQ'
const javaOptions = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', join(jars, '*')]

/** One node that is broker and controller, with a small footprint. */
function settingsOf(folder: string, port: number, controllerPort: number): Record<string, string> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL',
    'log.dirs': join(folder, 'data'),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    'log.cleaner.dedupe.buffer.size': '2097152',
    // Nothing that tests wait for is to wait for these.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'controlled.shutdown.enable': 'false',
  }
}

interface SecurePorts {
  readonly port: number
  readonly controllerPort: number
  /** The broker's own way to itself. */
  readonly innerPort: number
}

async function secureSettings(
  folder: string,
  { user, password }: NonNullable<KafkaOptions['secure']>,
  { port, controllerPort, innerPort }: SecurePorts,
): Promise<Record<string, string>> {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'ca.pem')]
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost']
  await run('openssl', [...request, '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate])
  const store = join(folder, 'store.pem')
  writeFileSync(store, `${readFileSync(key, 'utf8')}${readFileSync(certificate, 'utf8')}`)
  const login = 'org.apache.kafka.common.security'
  const inner = `PLAINTEXT://127.0.0.1:${innerPort}`
  return {
    listeners: `SASL_SSL://127.0.0.1:${port},${inner},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `SASL_SSL://localhost:${port},${inner}`,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': store,
    'listener.name.sasl_ssl.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
    'listener.name.sasl_ssl.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required user_${user}="${password}";`,
    'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
  }
}

async function launch(file: string, port: number): Promise<ChildProcess> {
  const child = spawn('java', [...javaOptions, 'kafka.Kafka', file], { stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said.push(String(chunk))
      if (said.length > 200) said.shift()
    })
  for (let attempt = 0; ; attempt++) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the broker has ended:\n${said.join('')}`)
    if (await isListening(port)) return child
    if (attempt > 600) throw new Error(`the broker does not listen:\n${said.join('')}`)
    await sleep(100)
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
