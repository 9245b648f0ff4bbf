/** Pages that come one after the other, and what is on them. */

/** Asks for page after page, each time with how many items are still wanted, until there is none or `limit` items have come. */
export async function* pagesOf<Page extends { readonly nextPageToken: string }, Item>(
  ask: (pageToken: string, left: number) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
  limit = Infinity,
): AsyncGenerator<readonly Item[]> {
  let pageToken = ''
  let left = limit
  do {
    const page = await ask(pageToken, left)
    const items = itemsOf(page)
    yield items
    left -= items.length
    pageToken = page.nextPageToken
  } while (pageToken !== '' && left > 0)
}

/** All items of pages that come one after the other. */
export async function collect<Item>(pages: AsyncIterable<readonly Item[]>): Promise<Item[]> {
  const items: Item[] = []
  for await (const page of pages) for (const item of page) items.push(item)
  return items
}
