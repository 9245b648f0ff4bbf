/** Progress goes to every zone API there is, also to those that share a name, and orders come from each: it answers for what it was told. */
import { EachAddress, type EachAddressPorts } from '@zonecast/rpc'
import type { EdgeProgress, ResetDone } from '@zonecast/sync'
import type { ZoneApiAddress } from '../ingest/zone-api.ts'
import type { Orders } from '../orders/orders.ts'
import type { Report } from './report.ts'
import type { StepEntry } from './step-log.ts'

type Reported = Pick<ZoneApiAddress, 'url' | 'changes' | 'registry' | 'close'>

export interface ReportsPorts extends Omit<EachAddressPorts<Reported>, 'close' | 'mayClose'> {
  readonly report: (to: Reported) => Pick<Report, 'start' | 'moved' | 'step' | 'logMoved' | 'close'>
  readonly orders: (from: Reported) => Pick<Orders, 'start' | 'answered' | 'close'>
}

interface Member {
  readonly to: Reported
  readonly report: ReturnType<ReportsPorts['report']>
  readonly orders: ReturnType<ReportsPorts['orders']>
}

export class Reports {
  readonly #each: EachAddress<Member>

  constructor(ports: ReportsPorts) {
    this.#each = new EachAddress({ ...ports, open: (url, address) => join(ports, ports.open(url, address)), close: leave })
  }

  /** Who joins is told everything, and who is gone nothing more. */
  start(): void {
    this.#each.start()
  }

  moved(edgeId: string, progress?: EdgeProgress): void {
    for (const { report } of this.#each.current) report.moved(edgeId, progress)
  }

  step(entry: StepEntry): void {
    for (const { report } of this.#each.current) report.step(entry)
  }

  logMoved(): void {
    for (const { report } of this.#each.current) report.logMoved()
  }

  /** An edge has carried out an order: whoever gave it is told. */
  answered(done: ResetDone): void {
    for (const { orders } of this.#each.current) if (orders.answered(done)) return
  }

  async close(): Promise<void> {
    await this.#each.stop()
    await Promise.all(this.#each.current.map(leave))
  }
}

function join(ports: ReportsPorts, to: Reported): Member {
  const report = ports.report(to)
  const orders = ports.orders(to)
  report.start()
  orders.start()
  return { to, report, orders }
}

async function leave({ to, report, orders }: Member): Promise<void> {
  await Promise.all([report.close(), orders.close()])
  to.close()
}
