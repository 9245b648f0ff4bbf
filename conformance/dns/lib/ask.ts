/** One question to one server by dig or kdig, and the response in a form that can be compared. */
import type { Address } from '@zonecast/dns-net'
import { program } from '../../lib/programs.ts'

export interface Reply {
  readonly opcode: string
  /** `none` where there was no answer. */
  readonly rcode: string
  /** Without `qr`, in alphabetical order; `z` for the reserved bit. */
  readonly flags: string
  readonly question: readonly string[]
  /** RRs in lower case, sorted, without their class (see `lineOf`). */
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
  /** Version, flags and, in order, codes or names of options; undefined without OPT. */
  readonly edns: { readonly version: number; readonly flags: string; readonly options: readonly string[] } | undefined
  readonly text: string
}

const common = ['+tries=1', '+retry=0', '+time=5', '+norecurse']

/** Asks by dig; `+noedns`, `+cookie` and the like as dig has them. A server that says nothing gives the RCODE `none`. */
export async function askByDig({ host, port }: Address, question: string): Promise<Reply> {
  const words = question.split(' ')
  const cookie = words.some((word) => word.startsWith('+cookie')) ? [] : ['+nocookie']
  const ad = ['+noadflag']
  const args = [`@${host}`, '-p', String(port), ...common.filter((word) => word !== '+retry=0'), ...cookie, ...ad, ...words]
  return parse(await outputOf('dig', args))
}

/** kdig has other names for some of dig's flags, and lacks others. */
const kdigWords: Readonly<Record<string, string | undefined>> = { '+ignore': '+ignore' }
const kdigKnows =
  /^(?![+-])|^\+(?:dnssec|norec|recurse|tcp|notcp|nsid|noedns|edns=\d+|bufsize=\d+|aaflag|tcflag|adflag|cdflag|zflag|ignore|rdflag)$/

/** The same question by kdig; undefined where kdig cannot ask it. */
export async function askByKdig({ host, port }: Address, question: string): Promise<Reply | undefined> {
  const words = question.split(' ')
  if (!words.every((word) => kdigKnows.test(word))) return undefined
  const args = [`@${host}`, '-p', String(port), '+retry=0', '+time=5', '+norec', ...words.map((word) => kdigWords[word] ?? word)]
  return parse(await outputOf('kdig', args))
}

/** What a program prints, also when it ends with an error because no answer came. */
async function outputOf(name: string, args: readonly string[]): Promise<string> {
  try {
    return await program(name, args)
  } catch (error) {
    const { stdout } = error as { stdout?: string }
    if (typeof stdout !== 'string' || stdout === '') throw error
    return stdout
  }
}

function parse(text: string): Reply {
  const section = (name: string): string[] => {
    const [, lines = ''] = new RegExp(`;; ${name} SECTION:\\n((?:.+\\n)*)`).exec(text) ?? []
    return lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/^;+\s*/, ''))
  }
  const rrs = (name: string) => section(name).map(lineOf).toSorted()
  const flags = (/[fF]lags: ?([a-z ]*);/.exec(text)?.[1] ?? '').split(' ').filter((flag) => flag !== 'qr' && flag !== '')
  if (/MBZ: 0x[^0]|Flags: [a-z ]*\bz\b/.test(text)) flags.push('z')
  return {
    opcode: /opcode: (\w+)/.exec(text)?.[1] ?? 'none',
    // kdig says NOTIMPL.
    rcode: (/status: (\w+)/.exec(text)?.[1] ?? 'none').replace('NOTIMPL', 'NOTIMP'),
    flags: [...new Set(flags)].toSorted().join(' '),
    question: section('QUESTION').map((line) => line.replaceAll(/\s+/g, ' ')),
    answer: rrs('ANSWER'),
    authority: rrs('AUTHORITY'),
    additional: rrs('ADDITIONAL'),
    edns: ednsIn(text),
    text,
  }
}

/**
 * `owner TTL TYPE RDATA` in lower case but for the type. Of RRSIG the type covered is kept, of NSEC3 the types: signatures and hashes
 * differ from run to run.
 */
export function lineOf(line: string): string {
  const [owner = '', ttl, , type, ...rdata] = line.trim().split(/\s+/)
  if (type === 'RRSIG') return `${rdata[0] === 'NSEC3' ? '<hash>' : owner.toLowerCase()} ${ttl} RRSIG ${rdata[0]}`
  if (type === 'NSEC3') return `<hash> ${ttl} NSEC3 ${rdata.slice(5).join(' ')}`.trimEnd()
  if (type === 'NSEC') return `${owner.toLowerCase()} ${ttl} NSEC ${rdata[0]?.toLowerCase()} ${rdata.slice(1).join(' ')}`
  if (type === 'DS')
    return `${owner.toLowerCase()} ${ttl} DS ${rdata.slice(0, 3).join(' ')} ${rdata.slice(3).join('').toLowerCase()}`
  const spaced = type === 'SVCB' || type === 'HTTPS' ? rdata.join(' ').replaceAll('"', '') : rdata.join(' ')
  return `${owner.toLowerCase()} ${ttl} ${type} ${spaced.startsWith('"') ? spaced : spaced.toLowerCase()}`
}

function ednsIn(text: string): Reply['edns'] {
  const [, version, flags] = /(?:EDNS: v|Version: |EDNS: version: ?)(?:ersion: )?(\d+)[,;] flags: ?([a-z ]*);/.exec(text) ?? []
  if (version === undefined) return undefined
  const options: string[] = []
  for (const [, word] of text.matchAll(/^;;? (NSID|COOKIE|EDE|TCP KEEPALIVE|TCP-KEEPALIVE|OPT=\d+)\b/gm)) options.push(word!)
  return { version: Number(version), flags: (flags ?? '').trim(), options }
}
