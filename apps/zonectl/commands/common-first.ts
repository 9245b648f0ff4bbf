/** Common options may stand before the command, too: `zonectl --server URL zone list`. */
import { Command } from 'commander'
import { withCommon } from './define.ts'

const { options } = withCommon(new Command())

/** The same command line with such options behind the command, which is who knows them. */
export function commonOptionsLast(argv: readonly string[]): string[] {
  const words = [...argv]
  const first: string[] = []
  for (let count; (count = optionAt(words)) > 0;) first.push(...words.splice(0, count))
  if (words.length === 0) return first
  const end = words.indexOf('--')
  return end === -1 ? [...words, ...first] : words.toSpliced(end, 0, ...first)
}

/** How many words the common option takes that these begin with; 0 where they begin with none. */
function optionAt([word = '']: readonly string[]): number {
  const [flag = ''] = word.split('=')
  const option = options.find(
    ({ long, short }) => flag === long || (short !== undefined && word.startsWith(short) && word[1] !== '-'),
  )
  if (!option) return 0
  const hasValue = word !== option.long && word !== option.short
  return option.required && !hasValue ? 2 : 1
}
