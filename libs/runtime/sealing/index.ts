/** Secrets that must be read again, sealed under keys in a file. */
export { makeSealKey, readSealKeys, SealKeyFileError, updateSealKeys, writeSealKeys } from './key-file.ts'
export { seal, SealBroken, type SealedPlace, sealedUnder, type SealKey, sealKey, unseal } from './seal.ts'
export { SealKeyMissing, SealKeys, type Sealer, type SealKeysOptions } from './seal-keys.ts'
