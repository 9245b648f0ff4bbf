/** Bits that flip in the store of a publisher or an edge, as a bad disk or memory would have it. */
import { strict as assert } from 'node:assert'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { System } from '../lib/system.ts'
import { zoneFile } from './zones.ts'

/** A text that stands in a page, its name, and what the name is to be answered with. */
export const text = 'filler 77 '
export const label = 'm77'
export const right = zoneFile(1)
  .split('\n')
  .find((line) => line.startsWith(`${label} `))!
  .slice(`${label} 60 IN TXT `.length)

const fileOf = (system: System, name: string) => join(system.dataOf(name), 'zones.mdb')

/** Flips a bit in every copy of a text in the file, in place. */
export function flip(system: System, name: string, found: string, at: number): void {
  const bytes = readFileSync(fileOf(system, name))
  const descriptor = openSync(fileOf(system, name), 'r+')
  let count = 0
  for (let i = bytes.indexOf(found); i >= 0; i = bytes.indexOf(found, i + 1)) {
    writeSync(descriptor, Buffer.of(bytes[i + at]! ^ 1), 0, 1, i + at)
    count++
  }
  closeSync(descriptor)
  assert.ok(count > 0, `${found} stands in the store`)
}

export function overwrite(system: System, name: string, from: number, octets: number): void {
  const descriptor = openSync(fileOf(system, name), 'r+')
  writeSync(descriptor, Buffer.alloc(octets, 0xa5), 0, octets, from)
  closeSync(descriptor)
}

/** What can be altered while a program is down, and what it says at its next start or reading. */
export const damages: readonly {
  readonly what: string
  readonly says: string
  readonly isKeptAside: boolean
  readonly alter: (system: System, name: string) => void
}[] = [
  { what: 'a page', says: 'altered on disk', isKeptAside: false, alter: (system, name) => flip(system, name, text, 3) },
  {
    what: "a zone's record",
    says: 'listed anew',
    isKeptAside: false,
    alter: (system, name) => flip(system, name, 'hostmaster', 2),
  },
  {
    what: 'the first meta page of LMDB',
    says: 'kept aside',
    isKeptAside: true,
    alter: (system, name) => overwrite(system, name, 16, 64),
  },
  {
    what: 'the beginning of the file',
    says: 'kept aside',
    isKeptAside: true,
    alter: (system, name) => overwrite(system, name, 0, 8_192),
  },
]
