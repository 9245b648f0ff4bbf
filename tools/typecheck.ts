/** Type-checks one project: its sources, and its tests where those have settings of their own. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const project = process.argv[2]
if (!project) throw new Error('usage: node tools/typecheck.ts PROJECT_FOLDER')
const configs = ['tsconfig.json', 'tsconfig.test.json'].map((name) => join(project, name)).filter((path) => existsSync(path))
const failed = configs.filter((path) => spawnSync('tsc', ['-p', path], { stdio: 'inherit' }).status !== 0)
process.exit(failed.length > 0 ? 1 : 0)
