/** The checker sees each kind of fault in a history made up for it, and nothing in a good one. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { judge, type FindingKind } from './checker.ts'
import { History, type Change, type Look, type Told } from './history.ts'

const zone = 'checked.example.'

function told(version: number, serial = version): Told {
  return { generation: 7n, version: BigInt(version), serial, digest: `d${version}` }
}

/** Two writers, three changes, one refused, one open; looks at both edges; all level at the end. */
function goodHistory() {
  const history = new History()
  history.initial.set(zone, told(1))
  const acknowledge = (slot: string, value: number, version: number): Change => {
    const change = history.begin(zone, slot, value)
    change.outcome = 'acknowledged'
    change.told = told(version)
    return change
  }
  const a1 = acknowledge('a', 1, 2)
  const b1 = acknowledge('b', 1, 3)
  const a2 = acknowledge('a', 2, 4)
  history.begin(zone, 'b', 2).outcome = 'refused'
  const open = history.begin(zone, 'b', 3)
  look(history, 2, { a: [1, 1], b: [0, 0] })
  look(history, 4, { a: [2, 2], b: [1, 1] })
  for (const holder of ['zone-api', 'edge-1', 'edge-2']) {
    history.finals.push({ holder, zone, state: told(4), rrs: ['left TXT 2', 'right TXT 2'] })
  }
  return { history, a1, b1, a2, open }
}

function look(history: History, version: number, slots: Record<string, [number, number]>, more: Partial<Look> = {}): void {
  const began = history.tick()
  const numbered = { generation: 7n, version: BigInt(version) }
  const ended = history.tick()
  const seen = new Map(Object.entries(slots))
  history.looks.push({ edge: 'edge-1', zone, began, ended, serial: version, version: numbered, slots: seen, ...more })
}

type Bad = ReturnType<typeof goodHistory>

for (const { name, kind, make } of [
  { name: 'a good history', kind: undefined, make: () => {} },
  { name: 'an open change that shows', kind: undefined, make: ({ history }) => look(history, 5, { a: [2, 2], b: [3, 3] }) },
  {
    name: 'a look in flight beside a newer one',
    kind: undefined,
    make: ({ history }) => look(history, 2, { a: [1, 1] }, { began: 1, ended: 99 }),
  },
  {
    name: 'an acknowledged value that is gone',
    kind: 'lost',
    make: ({ history }) => look(history, 4, { a: [1, 1], b: [1, 1] }, { edge: 'edge-2' }),
  },
  {
    name: 'fewer versions than acknowledgements',
    kind: 'lost',
    make: ({ history }) => replaceFinals(history, told(3)),
  },
  { name: 'names of two versions', kind: 'torn', make: ({ history }) => look(history, 4, { a: [2, 1], b: [1, 1] }) },
  { name: 'a value that nobody wrote', kind: 'phantom', make: ({ history }) => look(history, 4, { a: [9, 9] }) },
  { name: 'a value that was refused', kind: 'phantom', make: ({ history }) => look(history, 4, { b: [2, 2] }) },
  {
    name: 'a value before its version',
    kind: 'phantom',
    make: ({ history }) => look(history, 3, { a: [2, 2] }, { edge: 'edge-2' }),
  },
  { name: 'a change applied twice', kind: 'phantom', make: ({ history }) => replaceFinals(history, told(6)) },
  {
    name: 'an older version later',
    kind: 'version backwards',
    make: ({ history }) => look(history, 3, { a: [1, 1], b: [1, 1] }),
  },
  {
    name: 'an older serial later, by DNS alone',
    kind: 'serial backwards',
    make: ({ history }) => {
      look(history, 0, {}, { edge: 'edge-2', serial: 90, version: undefined } as never)
      look(history, 0, {}, { edge: 'edge-2', serial: 89, version: undefined } as never)
    },
  },
  {
    name: 'a serial past the wrap is later',
    kind: undefined,
    make: ({ history }) => {
      look(history, 0, {}, { edge: 'edge-2', serial: 0xffff_ffff, version: undefined } as never)
      look(history, 0, {}, { edge: 'edge-2', serial: 0, version: undefined } as never)
    },
  },
  { name: 'an older serial for a newer version', kind: 'serial backwards', make: ({ a2 }) => (a2.told = told(4, 0xffff_fff0)) },
  {
    name: 'one serial for two changes',
    kind: 'serial reused',
    make: ({ a2, b1 }) => (a2.told = { ...told(4), serial: b1.told!.serial }),
  },
  {
    name: 'another digest at an edge',
    kind: 'diverged',
    make: ({ history }) => changeFinal(history, { state: { ...told(4), digest: 'x' } }),
  },
  { name: 'an RR too few at an edge', kind: 'diverged', make: ({ history }) => changeFinal(history, { rrs: ['left TXT 2'] }) },
  {
    name: 'an RR too many at an edge',
    kind: 'diverged',
    make: ({ history }) => changeFinal(history, { rrs: ['left TXT 2', 'right TXT 2', 'x'] }),
  },
  {
    name: 'a watch that was early',
    kind: 'unserved',
    make: ({ history, a2 }) => {
      history.answers.push({ edge: 'edge-2', change: a2, tick: history.tick() })
      look(history, 3, { a: [1, 1], b: [1, 1] }, { edge: 'edge-2' })
    },
  },
  {
    name: 'an edge without an answer',
    kind: 'unserved',
    make: ({ history }) => history.unserved.push({ edge: 'edge-1', zone, detail: 'SERVFAIL' }),
  },
] as { name: string; kind: FindingKind | undefined; make: (bad: Bad) => unknown }[])
  test(`checker: ${name}: ${kind ?? 'nothing to find'}`, () => {
    const bad = goodHistory()
    make(bad)
    const kinds = new Set(judge(bad.history).map((finding) => finding.kind))
    assert.deepEqual([...kinds], kind === undefined ? [] : [kind])
  })

function replaceFinals(history: History, state: Told): void {
  history.finals.splice(0)
  for (const holder of ['zone-api', 'edge-1']) history.finals.push({ holder, zone, state, rrs: [] })
}

function changeFinal(history: History, more: object): void {
  history.finals.push({ ...history.finals.pop()!, ...more })
}
