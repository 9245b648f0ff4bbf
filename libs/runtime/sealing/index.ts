/** Secrets that must be read again, sealed under keys in a file. */
export { makeSealKey, readSealKeys, updateSealKeys, writeSealKeys } from './key-file.ts'
export { SealBroken, type SealKey } from './seal.ts'
export { SealKeyMissing, SealKeys, type Sealer } from './seal-keys.ts'
