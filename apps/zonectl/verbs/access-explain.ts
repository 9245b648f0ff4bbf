/** `zonectl access explain` and `zonectl who-can`. */
import type { Grant } from '@zonecast/contract/generated/zonecast/access/v1/grant_pb'
import type { Api } from '../api.ts'
import type { ExplainFlags } from '../commands/access.ts'
import { zoneName } from '../names.ts'
import { table } from '../output/table.ts'
import { collect } from '../pages.ts'
import type { Run } from '../run.ts'
import { grantColumns, grantJson, grantRow } from './access-grant.ts'

export async function accessExplain(run: Run, args: string[], { principal = '' }: ExplainFlags): Promise<void> {
  const answer = await (await run.api()).access.explainAccess({ principal, ...asked(args) })
  const { allowed, grant, nearMisses, detail } = answer
  const misses = nearMisses.map((miss) => ({ ...grantJson(miss.grant!), lacks: miss.lacks }))
  const shown = { allowed, grant: grant ? grantJson(grant) : null, nearMisses: misses, detail }
  await run.emit(shown, () => {
    if (allowed) return `allowed by\n${table(grantColumns, [grantRow(shown.grant!)])}`
    if (detail !== '') return `not allowed: ${detail}\n`
    if (misses.length === 0) return 'not allowed: there is no grant\n'
    const columns = [...grantColumns, { title: 'LACKS' }]
    return `not allowed; what each grant lacks:\n${table(
      columns,
      misses.map((miss) => [...grantRow(miss), miss.lacks.join(' ')]),
    )}`
  })
  if (!allowed) run.endWith(77)
}

export async function whoCan(run: Run, args: string[]): Promise<void> {
  const grants = (await collect(pages(await run.api(), asked(args)))).map(grantJson)
  await run.emit({ grants }, () => {
    const columns = [{ title: 'PRINCIPAL' }, ...grantColumns]
    return table(
      columns,
      grants.map((grant) => [grant.principal, ...grantRow(grant)]),
    )
  })
}

async function* pages({ access }: Api, question: ReturnType<typeof asked>): AsyncGenerator<Grant[]> {
  for (let pageToken = '', more = true; more; more = pageToken !== '') {
    const page = await access.listWhoCan({ ...question, pageToken })
    yield page.grants
    pageToken = page.nextPageToken
  }
}

function asked([permission = '', zone = '', name = '', type = '']: string[]) {
  return { permission, zone: zone === '' ? '' : zoneName(zone), name, type: type.toUpperCase() }
}
