/** `zonectl edge status`: what edges say of themselves. */
import type { GetStatusResponse } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { explain } from '../api.ts'
import type { StatusFlags } from '../commands/edge.ts'
import { CliError, EXIT, usageError } from '../failure.ts'
import { timeText } from '../output/json.ts'
import { fields } from '../output/table.ts'
import { groupDigits } from '../output/text.ts'
import type { Run } from '../run.ts'

interface Target {
  readonly edgeId: string
  readonly url: string
}

export async function edgeStatus(run: Run, [edgeId]: string[], { url }: StatusFlags): Promise<void> {
  const asked = await Promise.all(targets(run, edgeId, url).map((target) => ask(run, target)))
  const answers = asked.filter((answer) => 'status' in answer).map(({ status }) => status)
  await run.emit(answers.map(statusJson), () => answers.map((status) => statusText(statusJson(status))).join('\n'))
  const faults = asked.filter((answer) => 'fault' in answer)
  for (const { target, fault } of faults) {
    run.io.stderr.write(`zonectl: ${target.edgeId}: ${fault.message}\n`)
    run.endWith(fault instanceof CliError ? fault.exitCode : EXIT.error)
  }
}

function targets(run: Run, edgeId: string | undefined, url: string | undefined): readonly Target[] {
  if (url !== undefined) return [{ edgeId: edgeId ?? url, url }]
  const { edges } = run.requireContext()
  const chosen = edges.filter((edge) => edgeId === undefined || edge.edgeId === edgeId)
  if (chosen.length > 0) return chosen
  throw usageError(`${run.dataFolder} has no edge ${edgeId}: it has ${edges.map((edge) => edge.edgeId).join(', ')}`, [
    '--url URL names another',
  ])
}

/** One edge that is away does not hide the others. */
async function ask(run: Run, target: Target): Promise<{ status: GetStatusResponse } | { target: Target; fault: Error }> {
  const api = await run.connectTo(target.url)
  try {
    return { status: await api.edge.getStatus({}) }
  } catch (error) {
    const { describeError, exitCodeOf } = await import('@zonecast/rpc')
    const explained = explain(error, target.url)
    return { target, fault: new CliError(describeError(explained).join('; '), exitCodeOf(explained)) }
  } finally {
    api.close()
  }
}

function statusJson(status: GetStatusResponse) {
  const { edgeId, startedAt, zones, rrCount, publishers, transferring, quarantined, dnsAddresses, queries, level } = status
  const { orphans, damaged, scrubbedAt } = status
  return {
    edgeId,
    startedAt: timeText(startedAt),
    level,
    zones: Number(zones),
    records: Number(rrCount),
    queries: Number(queries),
    dnsAddresses,
    publishers: publishers.map(({ url, publisherId, connected, lastHeardAt, lastError, shards }) => {
      return { url, publisherId, connected, lastHeardAt: timeText(lastHeardAt), lastError, shards }
    }),
    transferring,
    quarantined,
    orphans,
    damaged,
    scrubbedAt: timeText(scrubbedAt),
  }
}

function statusText(status: ReturnType<typeof statusJson>): string {
  const publishers = status.publishers.map(
    ({ url, connected, lastError, shards }) =>
      `${url} ${connected ? `connected, sends ${shards} shards` : `not connected${lastError ? ` (${lastError})` : ''}`}`,
  )
  return fields({
    edge: status.edgeId,
    started: status.startedAt ?? undefined,
    DNS: status.dnsAddresses.join(', '),
    level: status.level ? 'yes' : 'not yet',
    zones: `${groupDigits(status.zones)} with ${groupDigits(status.records)} records`,
    queries: groupDigits(status.queries),
    publishers: publishers.join('; '),
    fetching: status.transferring.join(' '),
    quarantined: status.quarantined.join(' '),
    orphans: status.orphans.join(' '),
    damaged: status.damaged.join(' '),
  })
}
