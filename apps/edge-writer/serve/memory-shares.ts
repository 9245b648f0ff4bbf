/** Memory for answering, over all threads of the program. */

/** Octets of rendered answers: some 40 000. */
export const answerOctets = 16 << 20
/** Octets of pages, for threads of their own; the main thread's store has its own bound. */
export const pageOctets = 64 << 20
