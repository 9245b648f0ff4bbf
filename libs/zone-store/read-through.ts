/** Reads every key and value of an LMDB file, and ends with `unreadable` where LMDB gives up; the file may also kill it. */
import { open } from 'lmdb'
import { storeOptions } from './store-file.ts'
import { isUnreadable, unreadable } from './unreadable.ts'

const [path] = process.argv.slice(2)
try {
  const database = open<Uint8Array, Uint8Array>({ ...storeOptions, path: path as string, readOnly: true })
  for (const { key } of database.getRange({})) database.getBinary(key)
  await database.close()
} catch (error) {
  process.exit(isUnreadable(error) ? unreadable : 1)
}
