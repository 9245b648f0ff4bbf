/** A zone API, a publisher and edges on temporary folders, for tests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger, createMetrics, type Metrics } from '@zonecast/runtime'
import { configSchema, type Config } from '../config.ts'
import { startPublisher, type RunningPublisher } from '../publisher.ts'
import { TestEdge, type TestEdgeOptions } from './test-edge.ts'
import { tokens, ZoneApiProcess } from './zone-api-process.ts'

export class TestSystem {
  readonly folder = mkdtempSync(join(tmpdir(), 'zonecast-publisher-'))
  readonly #closing: (() => Promise<void>)[] = []
  #names = 0

  readonly #lines: string[] = []
  readonly #waiting = new Map<string, () => void>()

  path(name: string): string {
    return join(this.folder, name)
  }

  async zoneApi(name = 'zone-api', port = 0): Promise<ZoneApiProcess> {
    const api = await ZoneApiProcess.start(this.path(name), port)
    this.#closing.unshift(() => api.stop())
    return api
  }

  async publisher(url: string, { folder = 'publisher', ...config }: { folder?: string } & Partial<Config> = {}) {
    const tokenFile = this.path('publisher.token')
    writeFileSync(tokenFile, tokens.publisher)
    const metrics: Metrics = createMetrics('publisher')
    const log = createLogger({ app: 'publisher', level: 'info', destination: { write: (line) => this.#line(line) } })
    const options = { data: this.path(folder), port: 0, zoneApiUrl: [url], tokenFile }
    const running: RunningPublisher = await startPublisher({
      config: { ...configSchema.parse(options), ...config },
      log,
      metrics,
    })
    let closed: Promise<void> | undefined
    const close = () => (closed ??= running.close())
    this.#closing.unshift(close)
    return { ...running, metrics, close }
  }

  /** An edge that follows. */
  async edge(options: Omit<TestEdgeOptions, 'folder'> & { folder?: string }): Promise<TestEdge> {
    const folder = this.path(options.folder ?? `edge-${++this.#names}`)
    const edge = await TestEdge.open({ ...options, folder })
    let closed: Promise<void> | undefined
    const close = edge.close.bind(edge)
    edge.close = () => (closed ??= close())
    this.#closing.unshift(edge.close)
    return edge.follow()
  }

  /** Resolves once a publisher has logged a message. */
  logged(message: string): Promise<void> {
    if (this.#lines.some((line) => line.includes(message))) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.set(message, resolve))
  }

  #line(line: string): void {
    this.#lines.push(line)
    for (const [message, resolve] of this.#waiting) if (line.includes(message)) resolve()
  }

  async close(): Promise<void> {
    for (const close of this.#closing) await close()
    rmSync(this.folder, { recursive: true })
  }
}
