/** What is said where a file cannot be used. */

/** Why a file cannot be used, without the name of a system call. */
export function fileFault(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'you are not allowed to',
    EPERM: 'you are not allowed to',
    ENOTDIR: 'a part of the path is no folder',
    EISDIR: 'it is a folder',
    ELOOP: 'its symbolic links lead in a circle',
    ENOSPC: 'the disk is full',
    EROFS: 'its disk can only be read',
  }
  return known[code ?? ''] ?? message
}
