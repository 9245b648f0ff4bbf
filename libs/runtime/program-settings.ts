/** How our programs are started, whoever starts them: settings that a process cannot give itself. */

/**
 * Flags of node. Streams of pages fill the young generation with short-lived buffers; left alone it grows to many times what is in
 * flight, and collections grow with it. V8 loses count of its write-protected code pages now and then where threads with WebAssembly
 * come and go (nodejs/node#64500), and the process dies; without protection keys it keeps no such count.
 */
export const programFlags: readonly string[] = ['--max-semi-space-size=4', '--no-memory-protection-keys']

/** Environment. An arena of malloc for each thread keeps what large imports have freed; two are enough. */
export const programEnvironment: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '2' }
