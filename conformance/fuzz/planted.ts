/** Code with a fault that only six right octets in a row reach. */
export function plantedFault(input: Uint8Array): void {
  if ((input[0]! & 15) !== 10) return
  if ((input[1]! & 15) !== 15) return
  if ((input[2]! & 15) !== 14) return
  if ((input[3]! & 15) !== 5) return
  if ((input[4]! & 15) !== 3) return
  if ((input[5]! & 15) !== 7) return
  throw new Error('found')
}
