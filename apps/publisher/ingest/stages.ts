/** The stages that large zones are walked into: what came before a cut stays. */
import type { Stage, ZoneStore } from '@zonecast/zone-store'

export interface StageWanted {
  readonly zone: string
  readonly shard: number
  /** True where it takes the place of damaged content, at whose version it may be. */
  readonly mend: boolean
}

export class Stages {
  readonly #store: Pick<ZoneStore, 'beginStage'>
  readonly #stages = new Map<string, { readonly stage: Stage; readonly mend: boolean }>()

  constructor(store: Pick<ZoneStore, 'beginStage'>) {
    this.#store = store
  }

  /** The zone's stage, to be gone on with; a new one where there is none for this purpose. */
  async take(wanted: StageWanted): Promise<Stage> {
    const { zone, mend } = wanted
    const found = this.#stages.get(zone)
    if (found?.mend === mend) return found.stage
    await this.drop(zone)
    const stage = this.#store.beginStage(wanted)
    this.#stages.set(zone, { stage, mend })
    return stage
  }

  /** It was made visible. */
  flipped(zone: string): void {
    this.#stages.delete(zone)
  }

  async drop(zone: string): Promise<void> {
    const found = this.#stages.get(zone)
    this.#stages.delete(zone)
    await found?.stage.abort()
  }
}
