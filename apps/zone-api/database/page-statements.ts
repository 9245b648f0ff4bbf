/** The queries that walk through the pages of a content in order. */
import { type Db, statement } from './statement.ts'

/** `floor` is the page that holds a key; `after` gives so many pages behind one. */
export function pageStatements(db: Db, atOnce: number) {
  return {
    floor: statement(db, (p: { content: number; key: Uint8Array }) =>
      db
        .selectFrom('pages')
        .select(['key', 'page as content'])
        .where('content', '=', p.content)
        .where('key', '<=', p.key)
        .orderBy('key', 'desc')
        .limit(1),
    ),
    after: statement(db, (p: { content: number; key: Uint8Array }) =>
      db
        .selectFrom('pages')
        .select(['key', 'page as content'])
        .where('content', '=', p.content)
        .where('key', '>', p.key)
        .orderBy('key')
        .limit(atOnce),
    ),
  }
}
