/** A file with the input that runs at present: what is left to see of a process that hangs or has crashed. */
import { openSync, writeSync } from 'node:fs'

/** Number of runs and length of the input, four octets each. */
const headOctets = 8
const mostOctets = 16_384

/** Counts each input that it is given, and writes it down. */
export function openPresent(file: string): (input: Uint8Array) => void {
  const descriptor = openSync(file, 'w')
  const buffer = Buffer.alloc(headOctets + mostOctets)
  let runs = 0
  return (input) => {
    const octets = input.subarray(0, mostOctets)
    buffer.writeUInt32BE(++runs, 0)
    buffer.writeUInt32BE(octets.length, 4)
    buffer.set(octets, headOctets)
    writeSync(descriptor, buffer, 0, headOctets + octets.length, 0)
  }
}

/** What such a file says; nothing has run where it is empty yet. */
export function presentIn(file: Buffer): { readonly runs: number; readonly input: Uint8Array } {
  if (file.length < headOctets) return { runs: 0, input: new Uint8Array() }
  return { runs: file.readUInt32BE(0), input: new Uint8Array(file.subarray(headOctets, headOctets + file.readUInt32BE(4))) }
}
