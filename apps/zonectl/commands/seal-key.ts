/** `zonectl seal-key …`. */
import { type Command, Option } from 'commander'
import { type ReasonFlags, runs, type Shell, withAuditReason, withCommon, withLocal, withOutput } from './define.ts'

export interface SealKeyFlags extends ReasonFlags {
  readonly sealKeyFile?: string
  readonly last?: boolean
  readonly force?: boolean
}

export function sealKeyCommands(program: Command, shell: Shell): void {
  const group = program
    .command('seal-key')
    .description('keys that the zone API seals secrets under: list, create, first, reseal, remove')
  const list = group.command('list').description('the keys of the zone API by their ids, and how many secrets each has sealed')
  runs(withCommon(list), shell, async () => (await verbs()).sealKeyList)
  const create = group
    .command('create')
    .description('put a new key into the file, which is made where there is none; it seals from then on')
    .option('--last', 'put it behind the others: it only opens, until "seal-key first"')
    .option('--force', 'make a file anew without asking the zone API whether its secrets need the one that is gone')
  runs<SealKeyFlags>(withFile(withCommon(create)), shell, async () => (await verbs()).sealKeyCreate)
  const first = group.command('first').description('let a key of the file seal from now on').argument('<id>')
  runs<SealKeyFlags>(withFile(ofFile(first)), shell, async () => (await verbs()).sealKeyFirst)
  const reseal = group.command('reseal').description('seal all secrets under the first key; may be cut off and begun again')
  runs<SealKeyFlags>(withAuditReason(withCommon(reseal)), shell, async () => (await verbs()).sealKeyReseal)
  const remove = group
    .command('remove')
    .description('take a key that no secret needs out of the file')
    .argument('<id>')
    .option('--force', 'without asking the zone API whether a secret needs it')
  runs<SealKeyFlags>(withFile(withCommon(remove)), shell, async () => (await verbs()).sealKeyRemove)
}

const verbs = () => import('../verbs/seal-key.ts')

const ofFile = (command: Command) => withLocal(withOutput(command, ['table', 'json', 'yaml']))

function withFile(command: Command): Command {
  const text = 'the file of the keys (default: seal.keys in the data folder)'
  return command.addOption(new Option('--seal-key-file <file>', text).env('ZONECAST_SEAL_KEY_FILE'))
}
