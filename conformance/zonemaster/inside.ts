/** Runs inside the namespace: the system with an edge at port 53, a root by BIND, and Zonemaster over both zones. Prints its entries. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseName, TYPE } from '@zonecast/dns'
import { dnsQuery } from '@zonecast/dns-net'
import { program } from '../lib/programs.ts'
import { startSystem } from '../lib/system.ts'
import { publishZone } from '../lib/zones.ts'
import { careless, checkedZone, hints, rootAddresses, servers, signed, unsigned, worldZones } from './zones.ts'

const profile = new URL('profile.json', import.meta.url).pathname
const listen = servers.flatMap(({ ipv4, ipv6 }) => [`${ipv4}:53`, `[${ipv6}]:53`]).join(',')
const system = await startSystem({ env: { 'edge-1': { ZONECAST_DNS_LISTEN: listen } } })
try {
  const folder = join(system.folder, 'world')
  mkdirSync(folder)
  const { zone, ds } = await sign(folder)
  await publishZone(system, unsigned, checkedZone)
  await publishZone(system, signed, zone)
  await publishZone(system, careless, checkedZone.replace(' 1209600 ', ' 600 '))
  const root = await startRoot(folder, ds)
  try {
    const entries: Record<string, unknown> = {}
    for (const apex of [unsigned, signed, careless]) entries[apex] = await zonemaster(folder, apex)
    console.log(`entries ${JSON.stringify(entries)}`)
  } finally {
    root.kill('SIGTERM')
    await once(root, 'exit')
  }
} finally {
  await system.close()
}

async function sign(folder: string): Promise<{ zone: Buffer; ds: string }> {
  const path = join(folder, 'signed')
  writeFileSync(path, `$ORIGIN ${signed}\n${checkedZone}`)
  for (const flags of [['-f', 'KSK'], []])
    await program('dnssec-keygen', ['-q', '-K', folder, '-a', 'ECDSAP256SHA256', ...flags, signed])
  const args = ['-S', '-q', '-K', folder, '-d', folder, '-o', signed, '-3', '-', '-H', '0', '-f', `${path}.out`, path]
  await program('dnssec-signzone', args)
  return { zone: readFileSync(`${path}.out`), ds: readFileSync(join(folder, `dsset-${signed}`), 'utf8') }
}

async function startRoot(folder: string, ds: string) {
  const [ipv4, ipv6] = rootAddresses
  const zones = worldZones(ds).map(({ apex, text }, i) => {
    const file = join(folder, `zone-${i}`)
    writeFileSync(file, `$ORIGIN ${apex}\n${text}`)
    return `zone "${apex}" { type primary; file "${file}"; };`
  })
  const options = `directory "${folder}"; pid-file none; session-keyfile none; recursion no; notify no; dnssec-validation no; empty-zones-enable no;`
  const places = `listen-on { ${ipv4}; }; listen-on-v6 { ${ipv6}; }; allow-transfer { none; }; minimal-responses no-auth;`
  const path = join(folder, 'named.conf')
  writeFileSync(path, `options { ${options} ${places} };\ncontrols {};\n${zones.join('\n')}\n`)
  const child = spawn('named', ['-g', '-n', '1', '-c', path], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  for (let attempt = 0; ; attempt++) {
    if (child.exitCode !== null || attempt === 200) throw new Error(`the root does not answer:\n${said}`)
    const server = { host: ipv4, port: 53 }
    const answer = await dnsQuery({ server, name: parseName('zone.'), type: TYPE.SOA, timeoutMilliseconds: 500 }).catch(
      () => undefined,
    )
    if (answer?.aa) return child
    await pause(50)
  }
}

async function zonemaster(folder: string, apex: string): Promise<unknown> {
  const path = join(folder, 'hints')
  writeFileSync(path, hints)
  const args = ['--json', '--no-progress', '--level', 'INFO', '--hints', path, '--profile', profile, apex.slice(0, -1)]
  return JSON.parse(await program('zonemaster-cli', args))
}
