/** Signs the suite's zones with BIND's own tools, and writes the trust anchors. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { program } from '../../lib/programs.ts'
import { childZone, nastyZone, zones, type Denial } from './zone-text.ts'

export interface ZoneFile {
  readonly apex: string
  readonly path: string
}

/** RFC 9276: no extra iterations and no salt; the zone with Opt-Out has both, as older zones do. */
const denialArgs: Readonly<Record<Denial, readonly string[]>> = {
  none: [],
  nsec: [],
  nsec3: ['-3', '-', '-H', '0'],
  'opt-out': ['-A', '-3', 'aabbccdd', '-H', '5'],
}

/** Writes all zone files, children first, since their DS RRs stand in the parents, and `anchors` for delv. */
export async function writeZones(folder: string): Promise<ZoneFile[]> {
  mkdirSync(folder)
  const files = await Promise.all(
    zones.map(async ({ apex, denial }) => [
      await writeZone(folder, `kid.${apex}`, childZone, denial),
      await writeZone(folder, apex, nastyZone, denial),
    ]),
  )
  const anchors = zones.filter(({ denial }) => denial !== 'none').map(({ apex }) => anchorOf(folder, apex))
  writeFileSync(join(folder, 'anchors'), `trust-anchors {\n${anchors.join('\n')}\n};\n`)
  return files.flat()
}

async function writeZone(folder: string, apex: string, text: string, denial: Denial): Promise<ZoneFile> {
  const path = join(folder, `${apex}zone`)
  const child = denial !== 'none' && !apex.startsWith('kid.') ? `$INCLUDE ${join(folder, `dsset-kid.${apex}`)}\n` : ''
  writeFileSync(path, `$ORIGIN ${apex}\n${text}${child}`)
  if (denial === 'none') return { apex, path }
  for (const flags of [['-f', 'KSK'], []])
    await program('dnssec-keygen', ['-q', '-K', folder, '-a', 'ECDSAP256SHA256', ...flags, apex])
  const signed = `${path}.signed`
  const common = ['-S', '-q', '-K', folder, '-d', folder, '-o', apex, '-O', 'full', '-f', signed]
  await program('dnssec-signzone', [...common, ...denialArgs[denial], path])
  return { apex, path: signed }
}

/** The DS of a zone as a trust anchor. */
function anchorOf(folder: string, apex: string): string {
  const [line = ''] = readFileSync(join(folder, `dsset-${apex}`), 'utf8').split('\n')
  const [, tag, algorithm, type, digest = ''] = / DS\s+(\d+) (\d+) (\d+) ([0-9A-F ]+)/.exec(line.replaceAll('\t', ' ')) ?? []
  if (tag === undefined) throw new Error(`dsset-${apex} has no DS: ${line}`)
  return `  ${apex} static-ds ${tag} ${algorithm} ${type} "${digest.replaceAll(' ', '')}";`
}
