/** Inputs to begin with: what earlier runs found, and the corpus of records. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { CLASS, encodeMessage, OPCODE, parseName, RCODE, readZoneFile, type RR, TYPE } from '@zonecast/dns'
import { allCases } from '../records/corpus.ts'
import type { TargetName } from './targets.ts'

const folderOf = (target: TargetName): URL => new URL(`./corpus/${target}/`, import.meta.url)

/** What the repository keeps of a target: hexadecimal, an input a file. */
export function keptInputs(target: TargetName): Uint8Array[] {
  const folder = folderOf(target)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .toSorted()
    .map((file) => Buffer.from(readFileSync(new URL(file, folder), 'utf8').trim(), 'hex'))
}

/** Adds inputs; each has a name that follows from its octets. */
export function keep(target: TargetName, inputs: readonly Uint8Array[]): void {
  const folder = folderOf(target)
  mkdirSync(folder, { recursive: true })
  for (const input of inputs) {
    const name = createHash('sha256').update(input).digest('hex').slice(0, 16)
    writeFileSync(new URL(`${name}.hex`, folder), `${Buffer.from(input).toString('hex')}\n`)
  }
}

/** The zones of the corpus of records, good and bad, where they are small. */
export function zoneFileSeeds(): Uint8Array[] {
  const largest = 1000
  return allCases()
    .filter(({ text }) => text.length <= largest)
    .map(({ text }) => Buffer.from(text, 'latin1'))
}

/** A response with each good record of the corpus, and some queries. */
export async function messageSeeds(): Promise<Uint8Array[]> {
  const origin = parseName('example.com.')
  const seeds: Uint8Array[] = []
  for (const { text, isGood, type } of allCases()) {
    if (!isGood || type === undefined) continue
    for await (const item of readZoneFile([text], { origin })) {
      if (item.kind === 'rr' && item.rr.rdata.length < 1000) seeds.push(responseWith(item.rr))
    }
  }
  return [...new Map(seeds.map((seed) => [Buffer.from(seed).toString('hex'), seed])).values()]
}

function responseWith(rr: RR): Uint8Array {
  const flags = { id: 1, qr: true, opcode: OPCODE.QUERY, aa: true, tc: false, rd: false, ra: false, ad: false, cd: false }
  const questions = [{ name: rr.owner, type: rr.type, class: CLASS.IN }]
  const edns = { udpSize: 1232, version: 0, doBit: true, options: [{ code: 3, data: new Uint8Array(0) }] }
  const sections = { questions, answers: [rr], authorities: rr.type === TYPE.NS ? [rr] : [], additionals: [] }
  return encodeMessage({ ...flags, rcode: RCODE.NOERROR, ...sections, edns }).bytes
}
