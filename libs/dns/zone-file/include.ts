/** Where `$INCLUDE` may lead: into a given folder and no further. */

export type IncludePath = { readonly path: string } | { readonly refused: string }

/**
 * The file that `path` means in an `$INCLUDE` of the file `current`: relative to the folder of the including file, and inside
 * `root`, as `current` has to be. Absolute paths and `..` that leave the root are refused. Whoever opens the file looks after
 * symbolic links: what is confined here is the text.
 */
export function resolveInclude(root: string, current: string, path: string): IncludePath {
  const refuse = (why: string): IncludePath => ({ refused: `$INCLUDE ${path}: ${why}` })
  const prefix = root.endsWith('/') ? root : `${root}/`
  if (!current.startsWith(prefix)) return refuse(`the including file is not in ${root}`)
  if (path === '') return refuse('the path is empty')
  if (/[\0\\]/.test(path)) return refuse('a path has no NUL and no backslash; folders are separated by /')
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return refuse('write the path relative to the including file')
  const parts: string[] = []
  for (const part of [...current.slice(prefix.length).split('/').slice(0, -1), ...path.split('/')]) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return refuse(`the path leaves ${root}`)
  }
  if (parts.length === 0 || /(?:^|\/)\.{0,2}$/.test(path)) return refuse('the path names a folder')
  return { path: prefix + parts.join('/') }
}
