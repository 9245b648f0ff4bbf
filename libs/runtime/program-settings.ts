/** How our programs are started, whoever starts them: settings that a process cannot give itself. */

/**
 * Flags of node. Streams of pages fill the young generation with short-lived buffers; left alone it grows to many times what is in
 * flight, and collections grow with it.
 */
export const programFlags: readonly string[] = ['--max-semi-space-size=4']

/** Environment. An arena of malloc for each thread keeps what large imports have freed; two are enough. */
export const programEnvironment: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '2' }
