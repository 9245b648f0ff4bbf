/** `zonectl drill stale-publisher`: an outage of others, taken step by step against a real edge in a system of its own. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { startDrillPublisher } from '../drill/drill-publisher.ts'
import { type DrillStep, runStalePublisher } from '../drill/stale-publisher.ts'
import { EXIT } from '../failure.ts'
import type { Run } from '../run.ts'
import { startProgram } from '../up/program.ts'

const edgeId = 'drill-edge'

export async function drillStalePublisher(run: Run): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-drill-'))
  try {
    const steps = await drill(run, folder)
    const refused = steps.filter(({ dangerous, passed }) => dangerous && passed).length
    const dangerous = steps.filter((step) => step.dangerous).length
    const passed = steps.every((step) => step.passed)
    if (run.format === 'table') {
      const tail = passed ? 'the name was answered throughout' : 'this edge would not have stood it'
      await run.print(`\n${refused} of ${dangerous} dangerous steps refused; ${tail}\n`)
    } else await run.emit({ drill: 'stale-publisher', passed, dangerous, refused, steps }, () => '')
    if (!passed) run.endWith(EXIT.error)
  } finally {
    // Whoever still looks at the edge's last lines has seen them by then.
    await setImmediate()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function drill(run: Run, folder: string): Promise<readonly DrillStep[]> {
  run.talk('three publishers and an edge of their own in a temporary folder; no other system is touched')
  const token = `zc_${randomBytes(32).toString('base64url')}`
  const tokenFile = join(folder, 'edge.token')
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 })
  const common = { logId: new Uint8Array(randomBytes(16)), edgeId, token }
  const start = (publisherId: string) => startDrillPublisher({ ...common, publisherId })
  const [fast, slow, cleanup] = [await start('fast'), await start('slow'), await start('cleanup')]
  const publishers = { fast, slow, cleanup }
  try {
    const edge = await startProgram({
      app: 'edge-writer',
      logFile: join(folder, 'edge.log'),
      variables: {
        ZONECAST_DATA: join(folder, 'edge'),
        ZONECAST_PORT: '0',
        ZONECAST_DNS_LISTEN: '127.0.0.1:0',
        ZONECAST_EDGE_ID: edgeId,
        ZONECAST_PUBLISHER_URLS: Object.values(publishers)
          .map(({ url }) => url)
          .join(','),
        ZONECAST_TOKEN_FILE: tokenFile,
      },
    })
    try {
      await Promise.all(Object.values(publishers).map(({ followed }) => followed))
      const [dns] = edge.ready.dns ?? []
      if (!dns) throw new Error('the edge answers no DNS')
      const onStep = async (step: DrillStep) => {
        if (run.format === 'table') await run.print(stepText(step))
      }
      return await runStalePublisher({ ...publishers, dns, onStep })
    } finally {
      await edge.stop()
    }
  } finally {
    await Promise.all(Object.values(publishers).map((publisher) => publisher.close()))
  }
}

function stepText({ who, what, wanted, said, answers, dangerous, passed }: DrillStep): string {
  const verdict = passed ? (dangerous ? 'refused' : 'taken') : `NOT AS IT SHOULD BE, which is ${wanted}`
  return `${who.padEnd(8)}${what}\n        edge: ${said}, ${verdict}; a client is answered ${answers.join(' ') || 'nothing'}\n`
}
