/** Counters, gauges and histograms of a program, in the text format of Prometheus. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** The ten steps of a change's path (docs/architecture.md), from the RPC to the acknowledgement. */
export const steps = [
  'edit',
  'commit',
  'announce',
  'coalesce',
  'fetch',
  'compose',
  'release',
  'apply',
  'answer',
  'acknowledge',
] as const
export type Step = (typeof steps)[number]

export interface MetricOptions<Label extends string> {
  /** `zonecast_<area>_<thing>_<unit>` */
  readonly name: string
  readonly help: string
  readonly labels?: readonly Label[]
}

export interface Metrics {
  readonly registry: Registry
  counter<Label extends string = never>(
    options: MetricOptions<Label> & { collect?: (counter: Counter<Label>) => void },
  ): Counter<Label>
  gauge<Label extends string = never>(options: MetricOptions<Label> & { collect?: (gauge: Gauge<Label>) => void }): Gauge<Label>
  histogram<Label extends string = never>(options: MetricOptions<Label> & { buckets?: number[] }): Histogram<Label>
  /** Starts to time a step; the function it returns ends it and gives the seconds. */
  stepTimer(step: Step): () => number
  /** Records a step whose duration is already known. */
  observeStep(step: Step, seconds: number): void
  readonly contentType: string
  text(): Promise<string>
}

/** At most a factor of two apart, and closer where a change is to be quick: a percentile is off by no more than that. */
const stepBuckets = [
  0.0001, 0.0002, 0.0003, 0.0005, 0.0007, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1,
  0.2, 0.4, 0.75, 1.5, 3, 6, 12, 25, 50,
]

/** The metrics of one program, with those of its process included. */
export function createMetrics(app: string): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels({ app })
  collectDefaultMetrics({ register: registry })
  const common = { registers: [registry] }
  const seconds = new Histogram({
    ...common,
    name: 'zonecast_step_seconds',
    help: 'Time that each step of a change took.',
    labelNames: ['step'],
    buckets: stepBuckets,
  })
  const byStep = new Map(steps.map((step) => [step, seconds.labels(step)]))
  const observeStep = (step: Step, value: number) => byStep.get(step)?.observe(value)
  return {
    registry,
    counter: ({ collect, ...options }) =>
      new Counter({
        ...common,
        ...described(options),
        ...(collect && {
          collect() {
            collect(this)
          },
        }),
      }),
    gauge: ({ collect, ...options }) =>
      new Gauge({
        ...common,
        ...described(options),
        ...(collect && {
          collect() {
            collect(this)
          },
        }),
      }),
    histogram: ({ buckets = stepBuckets, ...options }) => new Histogram({ ...common, ...described(options), buckets }),
    stepTimer(step) {
      const startedMs = performance.now()
      return () => {
        const value = (performance.now() - startedMs) / 1000
        observeStep(step, value)
        return value
      }
    },
    observeStep,
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}

function described<Label extends string>({ name, help, labels = [] }: MetricOptions<Label>) {
  if (!/^zonecast_[a-z0-9]+(_[a-z0-9]+)+$/.test(name)) throw new Error(`${name} is not zonecast_<area>_<thing>_<unit>`)
  return { name, help, labelNames: labels }
}
