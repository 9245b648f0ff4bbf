/** The questions that servers are asked: a hot set and a spread one. */

export interface QuestionSet {
  readonly name: 'hot' | 'spread'
  /** Lines of `name type`, as dnsperf reads them. */
  readonly lines: readonly string[]
  /** Share of the questions whose names do not exist. */
  readonly missing: number
}

const hotNames = 1_000
const spreadQuestions = 100_000
/** Every so many-th question of the spread set is for a name that is not there. */
const missingEvery = 10

/** Steps through the zone so that neighbours in a set are far from each other: the golden ratio of 2³². */
const stride = 2_654_435_769

export function questionSets(zone: string, zoneFile: Buffer): QuestionSet[] {
  const stored = questionsOf(zone, zoneFile)
  const anywhere = (i: number): string => stored[(Math.imul(i, stride) >>> 0) % stored.length]!
  const hot = new Set<string>()
  for (let i = 1; hot.size < Math.min(hotNames, stored.length); i++) hot.add(anywhere(i))
  const spread = Array.from({ length: spreadQuestions }, (_, i) =>
    i % missingEvery === 0 ? `missing-${(Math.imul(i, stride) >>> 0).toString(16)}.${zone} A` : anywhere(i),
  )
  return [
    { name: 'hot', lines: [...hot], missing: 0 },
    { name: 'spread', lines: spread, missing: 1 / missingEvery },
  ]
}

/** A question for every record below the apex; for a delegation, one that is referred. */
function questionsOf(zone: string, zoneFile: Buffer): string[] {
  const questions: string[] = []
  for (const [, owner = '', type = ''] of zoneFile.toString('latin1').matchAll(/^([a-z0-9_][a-z0-9._-]*) (?:\d+ )?IN (\w+) /gm)) {
    questions.push(`${owner}.${zone} ${type === 'NS' ? 'A' : type}`)
  }
  return questions
}
