/** The answer to an import is one message of at most 1 MiB: what fits into it of many outcomes. */
import { toBinary } from '@bufbuild/protobuf'
import { WarningSchema } from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
import {
  ImportErrorSchema,
  type ImportOutcome,
  ImportOutcomeSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'

/** So much of the answer is for what each zone takes at least, */
const outcomesOctets = 880 * 1024
/** and so much for errors and warnings, which are listed while there is room and always counted. */
const detailsOctets = 128 * 1024
/** The most that an outcome takes without names, digests, errors and warnings. */
const mostBriefOctets = 160
/** Tag and length of an outcome in the list. */
const frameOctets = 4

/** Counts what the outcomes take: as it is for zones that are finished, at its most for the others. */
export class AnswerRoom {
  #unfinished = 0
  #wholeOctets = 0
  #briefOctets = 0
  #detailsLeft = detailsOctets
  readonly #most: number

  /** At most about `most` octets, errors and warnings not counted. */
  constructor(most = outcomesOctets) {
    this.#most = most
  }

  /** A zone begins; false when the answer has no room for it. */
  begin(): boolean {
    this.#unfinished++
    return this.#briefOctets + this.#unfinished * mostBriefOctets <= this.#most
  }

  /** A zone is finished. Errors and warnings without room go at once, so that a stream of faulty zones takes no memory. */
  finished(outcome: ImportOutcome): ImportOutcome {
    this.#unfinished--
    const { errors, warnings } = outcome
    outcome.errors = []
    outcome.warnings = []
    const whole = toBinary(ImportOutcomeSchema, outcome).length + frameOctets
    this.#wholeOctets += whole
    this.#briefOctets += whole - spareOctets(outcome)
    outcome.errors = errors.filter((error) => this.#fits(toBinary(ImportErrorSchema, error)))
    outcome.warnings = warnings.filter((warning) => this.#fits(toBinary(WarningSchema, warning)))
    return outcome
  }

  /** The outcomes as the answer has room for them. */
  fitted(outcomes: ImportOutcome[]): ImportOutcome[] {
    if (this.#wholeOctets > this.#most) for (const outcome of outcomes) shorten(outcome)
    return outcomes
  }

  #fits({ length }: Uint8Array): boolean {
    this.#detailsLeft -= length + 2 * frameOctets
    return this.#detailsLeft >= 0
  }
}

/** Takes out what the caller knows from the order of the headers, and digests. */
function shorten(outcome: ImportOutcome): void {
  const { effect } = outcome
  outcome.zone = ''
  if (!effect) return
  effect.zone = ''
  for (const state of [effect.state, effect.previous]) if (state) state.digest = new Uint8Array()
}

/** Octets that `shorten` takes out: each field with a tag and a length of an octet. */
function spareOctets({ zone, effect }: ImportOutcome): number {
  const digests = [effect?.state, effect?.previous].map((state) => state?.digest.length ?? 0)
  return [zone.length, effect?.zone.length ?? 0, ...digests].reduce((sum, octets) => sum + (octets > 0 ? octets + 2 : 0), 0)
}
