/** What goes wrong in a history: each history has some of these, and not others. */
import type { Head } from '@zonecast/zone'
import type { World } from './world.ts'

/** How often something happens beside the rest, and what. */
export type Action = readonly [weight: number, act: () => void]

/** Faults of one history: a third of the kinds is left out, another third comes often. */
export function faultsOf(world: World): readonly Action[] {
  const all = [...faultsOfTransport(world), ...faultsOfPrograms(world), ...faultsOfStores(world), ...faultsOfDatabase(world)]
  if (world.divides) all.push(...faultsOfDivision(world))
  return all.map(([weight, act]) => [weight * world.random.pick([0, 1, 3]), act])
}

function faultsOfTransport(world: World): Action[] {
  const { random } = world
  return [
    [1, () => world.links.length > 0 && random.pick(world.links).cutNow(random)],
    [0.4, () => world.loseReports(random.pick(world.publishers))],
    [0.1, () => world.restartZoneApi()],
  ]
}

function faultsOfPrograms(world: World): Action[] {
  const { random, coverage, publishers, edges, database } = world
  return [
    [0.4, () => random.pick(publishers).restart(random.chance(0.5))],
    [
      0.5,
      () => {
        random.pick(publishers).behind = 20 + random.below(100)
        coverage.count('publisher fell behind')
      },
    ],
    [
      0.7,
      () => {
        const shard = random.pick(database.shards)
        random.pick(publishers).own(shard, random.chance(0.6))
        if (publishers.every((publisher) => publisher.owned.has(shard))) coverage.count('two publishers send a shard')
      },
    ],
    [
      0.5,
      () => {
        const edge = random.pick(edges)
        if (random.chance(0.5)) edge.restart()
        else edge.stopAndStart()
        coverage.count('edge restarted')
      },
    ],
    [0.4, () => random.pick(edges).storeStep(false, true)],
  ]
}

function faultsOfDivision({ random, coverage, publishers, edges }: World): Action[] {
  return [
    [
      0.7,
      () => {
        const edge = random.pick(edges)
        if (edge.links.length === 0) return
        edge.silent(random.pick(edge.links), random.chance(0.5))
        coverage.count('publisher silent')
      },
    ],
    [
      0.7,
      () => {
        random.pick(publishers).believe(random.chance(0.6))
        coverage.count('publisher not up to date')
      },
    ],
  ]
}

function faultsOfStores(world: World): Action[] {
  const { random, coverage, edges } = world
  return [
    [
      0.4,
      () => {
        const edge = random.pick(edges)
        const zone = world.zone()
        if (edge.store.zones.has(zone)) world.checks.harmed(edge, [zone])
        edge.damage(zone)
      },
    ],
    [
      0.5,
      () => {
        const edge = random.pick(edges)
        const zone = world.zone()
        if (!edge.poisoned.has(zone)) edge.store.failing.set(zone, 1 + random.below(6))
      },
    ],
    [0.1, () => random.pick(edges).poison(world.zone())],
    [
      0.1,
      () => {
        const edge = random.pick(edges)
        world.checks.harmed(edge, [...edge.store.zones.keys()])
        edge.loseDisk()
        coverage.count('edge lost its disk')
      },
    ],
    [0.15, () => takeZone(world, false)],
    [0.15, () => takeZone(world, true)],
    [0.3, () => void takeTombstone(world)],
  ]
}

/** Something is lost while all is at rest and nothing else would bring it again; true where it is. */
export function disturbRest(world: World): boolean {
  const { random, coverage, checks, database, edges } = world
  let isDisturbed = random.chance(0.2) && takeTombstone(world)
  for (const edge of edges) {
    for (const shard of database.shards.filter((one) => checks.isHeldBack(edge, one))) {
      coverage.count('zone poisoned at rest')
      // What is listed last comes again by itself, where the edge's position stays before it.
      const isThere = ({ zone, state }: Head) => !state.deleted && !edge.poisoned.has(zone) && edge.store.zones.has(zone)
      const [first] = database.list(shard, 0n).filter((head) => isThere(head) && world.isServed(edge.name, head.zone))
      if (first === undefined || first.position > edge.receiver.position(shard).applied) continue
      checks.harmed(edge, [first.zone])
      edge.stopAndStart(() => edge.store.zones.delete(first.zone))
      coverage.count('zone lost beside a poisoned one')
      isDisturbed = true
    }
  }
  return isDisturbed
}

/** A zone of an edge's store is gone, or is another one under the same version; the edge is started on what is left. */
function takeZone({ random, coverage, edges, checks }: World, isAltered: boolean): void {
  const edge = random.pick(edges)
  const names = [...edge.store.zones].filter(([, { state }]) => !state.deleted).map(([name]) => name)
  if (names.length === 0) return
  const name = random.pick(names)
  checks.harmed(edge, [name])
  edge.stopAndStart()
  if (isAltered) edge.store.alter(name)
  else edge.store.zones.delete(name)
  coverage.count(isAltered ? 'zone of another digest' : 'zone lost by the store')
}

/** A tombstone is gone, and its fence with it: the set digest does not cover it. */
function takeTombstone({ random, coverage, edges, checks }: World): boolean {
  const edge = random.pick(edges)
  const names = [...edge.store.zones].filter(([, { state }]) => state.deleted).map(([name]) => name)
  if (names.length === 0) return false
  const name = random.pick(names)
  checks.harmed(edge, [name])
  edge.stopAndStart(() => edge.store.zones.delete(name))
  coverage.count('tombstone lost by the store')
  return true
}

function faultsOfDatabase(world: World): Action[] {
  const { random, coverage, database, edges } = world
  return [
    [0.4, () => database.takeBackup()],
    [
      0.2,
      () => {
        database.restore()
        world.tracker.setLog(database.logId)
      },
    ],
    [0.2, () => database.movePlacement(random.below(12))],
    [
      0.2,
      () => {
        world.allow(random.pick(edges).name, random.chance(0.5))
        coverage.count('placement allowed')
      },
    ],
  ]
}
