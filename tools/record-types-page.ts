/** Writes docs/reference/record-types.md from the tables of @zonecast/dns: `node tools/record-types-page.ts`. */
import { writeFileSync } from 'node:fs'
import { isMetaType, rdataType, TYPE, type TypeNotes, typeNotes } from '@zonecast/dns'

const path = new URL('../docs/reference/record-types.md', import.meta.url)

type Mnemonic = keyof typeof TYPE
type Entry = readonly [mnemonic: Mnemonic, notes: TypeNotes]

const entries = (Object.entries(typeNotes) as [Mnemonic, TypeNotes][]).toSorted(([a], [b]) => TYPE[a] - TYPE[b])

/** A cell: a bar would end it. */
const cell = (text: string): string => text.replaceAll('|', '\\|')
const code = (text: string): string => (text === '' ? '' : `\`${cell(text)}\``)
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** What happens to the names in the RDATA: in canonical form, and in messages of others. */
function namesOf(mnemonic: Mnemonic): string {
  const schema = rdataType(TYPE[mnemonic])
  if (schema === undefined || !schema.fields.some(({ isName }) => isName)) return ''
  return `${schema.foldsNames === true ? 'folded' : 'kept'}${schema.decompress === true ? ', may come compressed' : ''}`
}

function typedRow([mnemonic, { source, example = '', note = '' }]: Entry): string[] {
  const fields = rdataType(TYPE[mnemonic])?.fields.map(({ what }) => what) ?? []
  return [`${mnemonic}`, String(TYPE[mnemonic]), source, fields.join(', '), namesOf(mnemonic), code(example), cell(note)]
}

/** The whole page. */
export function recordTypesPage(): string {
  const typed = entries.filter(([mnemonic]) => rdataType(TYPE[mnemonic]) !== undefined)
  const generic = entries.filter(([mnemonic]) => rdataType(TYPE[mnemonic]) === undefined && !isMetaType(TYPE[mnemonic]))
  const meta = entries.filter(([mnemonic]) => isMetaType(TYPE[mnemonic]))
  return `# Record types

This page is generated from the tables in \`libs/dns\` by \`node tools/record-types-page.ts\`; a test keeps it current.

Every type from 1 to 65535 can be stored and served, those below that are never zone data aside. The ${typed.length} types of the first table have typed RDATA: it is
checked, and read and written in the text form of its document. Each of them, and every other type, is also read in the generic form
\`TYPEnnn \\# length hexadecimal\` (RFC 3597 §5), and is written so where its octets have no text.

*Names* says what becomes of domain names inside the RDATA: *folded* ones are compared without regard to case and are in lower case in the canonical form
of DNSSEC (RFC 4034 §6.2 as amended by RFC 6840 §5.1), *kept* ones are compared octet by octet. Where they *may come compressed*, they are expanded when a message of
another server is read (RFC 3597 §4).

## With a text form

${table(['Type', 'Number', 'Source', 'RDATA fields', 'Names', 'Example', 'Notes'], typed.map(typedRow))}

## In the generic form only

${table(
  ['Type', 'Number', 'Source', 'Notes'],
  generic.map(([mnemonic, { source, note = '' }]) => [mnemonic, String(TYPE[mnemonic]), source, cell(note)]),
)}

## Never zone data

Types that ask for data or travel beside it, 0 and all from 128 to 255 without a name among them, are refused as zone data (RFC 6895 §3.1).

${table(
  ['Type', 'Number', 'Source'],
  meta.map(([mnemonic, { source }]) => [mnemonic, String(TYPE[mnemonic]), source]),
)}
`
}

if (import.meta.main) writeFileSync(path, recordTypesPage())
