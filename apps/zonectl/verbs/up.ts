/** `zonectl up`: the whole system on this machine, until it is told to stop. */
import { once } from 'node:events'
import { join } from 'node:path'
import type { UpFlags } from '../commands/up.ts'
import { writeContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Run } from '../run.ts'
import { type Certificates, prepareCertificates } from '../up/certificates.ts'
import { prepareCredentials } from '../up/credentials.ts'
import { type DataFolder, openDataFolder } from '../up/data-folder.ts'
import { awaitEarlierRun, forgetPids, writePids } from '../up/earlier-run.ts'
import { endpointsOf, endpointsText } from '../up/endpoints.ts'
import { edgeName, loopbackHosts, partsOf, portsFrom } from '../up/parts.ts'
import { prepareSealKeys } from '../up/seal-keys.ts'
import { StartFailed } from '../up/program.ts'
import { Supervisor } from '../up/supervisor.ts'

/** Certificates that are soon to expire are renewed that often. */
const lookMs = 6 * 3_600_000
/** Programs stop within this time, or are stopped. */
const stopMs = 12_000

export async function up(run: Run, _: string[], { portBase, tls = false }: UpFlags): Promise<void> {
  const folder = openDataFolder(run.dataFolder)
  try {
    await awaitEarlierRun(folder.path, { talk: (line) => run.talk(line), waitMs: stopMs })
    prepareCredentials(folder, [
      { principal: 'administrator', role: 'administrator' },
      { principal: 'publisher', role: 'publisher' },
      { principal: edgeName, role: 'edge' },
    ])
    prepareSealKeys(folder, { io: run.io, talk: (line) => run.talk(line) })
    const certificates = tls ? keepCertificates(run, folder) : undefined
    if (!tls && run.context()?.tls) run.talk('the last run spoke TLS, and this one does not; --tls brings it back')
    await supervise(run, folder, { portBase, certificates }).finally(() => certificates?.close())
    forgetPids(folder.path)
  } finally {
    folder.close()
  }
}

interface KeptCertificates extends Certificates {
  close(): void
}

/** Looked at now, and again for as long as the system runs. */
function keepCertificates(run: Run, folder: DataFolder): KeptCertificates {
  const principals = ['zone-api', 'publisher', edgeName, 'administrator']
  const look = () => prepareCertificates(folder, { principals, talk: (line) => run.talk(line), nowMs: Date.now() })
  const timer = setInterval(look, lookMs).unref()
  return { ...look(), close: () => clearInterval(timer) }
}

async function supervise(
  run: Run,
  folder: DataFolder,
  { portBase, certificates }: { portBase: number | undefined; certificates: Certificates | undefined },
): Promise<void> {
  const talk = (line: string) => run.talk(line)
  const parts = partsOf(folder, portsFrom(portBase), { loopbacks: await loopbackHosts(), certificates })
  const supervisor = new Supervisor({ folder, parts, talk, onPids: (pids) => writePids(folder.path, pids) })
  const asked = untilAsked()
  talk(
    `${folder.wasThere ? 'found the data in' : 'made the data folder'} ${folder.path}; starting ${parts.map(({ name }) => name).join(', ')}`,
  )
  const started = supervisor.start()
  const first = await Promise.race([started.then(() => 'started' as const), asked]).catch(explainStart(folder))
  if (first === 'started') {
    const endpoints = endpointsOf(folder, await started, certificates)
    writeContext(folder.path, endpoints.context)
    await run.print(run.format === 'json' ? `${JSON.stringify(endpoints.json)}\n` : endpointsText(endpoints, folder.path))
    await asked
  }
  talk('stopping')
  await supervisor.stop()
  await started.catch(() => {})
  talk('stopped')
}

/** The first signal that asks for the end. A second one does not wait for it: the parts end by themselves without us. */
async function untilAsked(): Promise<'asked'> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  await Promise.race(signals.map((signal) => once(process, signal)))
  for (const signal of signals) process.on(signal, () => process.exit(1))
  return 'asked'
}

/** A start that failed, with what to do about it. */
function explainStart(folder: DataFolder): (error: unknown) => never {
  return (error) => {
    forgetPids(folder.path)
    if (!(error instanceof StartFailed)) throw error
    const { app, message, exitCode } = error
    const [port] = /^.* is taken by another program/.exec(message) ?? []
    const advice = port
      ? 'stop that program, or take other ports: zonectl up --port-base 9000'
      : `the log has more: ${join(folder.logs, `${app === 'edge-writer' ? edgeName : app}.log`)}`
    throw new CliError(`${app} cannot start: ${port ?? message}`, exitCode, [advice])
  }
}
