/** `zonectl access explain` and `zonectl who-can`. */
import type { ExplainFlags } from '../commands/access.ts'
import { zoneName } from '../names.ts'
import { table } from '../output/table.ts'
import { collect, pagesOf } from '../pages.ts'
import type { Run } from '../run.ts'
import { grantColumns, grantJson, grantRow, grantTable } from './access-grant.ts'

export async function accessExplain(run: Run, args: string[], { principal = '' }: ExplainFlags): Promise<void> {
  const answer = await (await run.api()).access.explainAccess({ principal, ...asked(args) })
  const { allowed, grant, nearMisses, detail } = answer
  const misses = nearMisses.map((miss) => ({ ...grantJson(miss.grant!), lacks: miss.lacks }))
  const shown = { allowed, grant: grant ? grantJson(grant) : null, nearMisses: misses, detail }
  await run.emit(shown, () => {
    if (allowed) return `allowed by\n${grantTable([shown.grant!])}`
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
  const { access } = await run.api()
  const pages = pagesOf(
    (pageToken) => access.listWhoCan({ ...asked(args), pageToken }),
    (page) => page.grants,
  )
  const grants = (await collect(pages)).map(grantJson)
  await run.emit({ grants }, () => {
    const columns = [{ title: 'PRINCIPAL' }, ...grantColumns]
    return table(
      columns,
      grants.map((grant) => [grant.principal, ...grantRow(grant)]),
    )
  })
}

function asked([permission = '', zone = '', name = '', type = '']: string[]) {
  return { permission, zone: zone === '' ? '' : zoneName(zone), name, type: type.toUpperCase() }
}
