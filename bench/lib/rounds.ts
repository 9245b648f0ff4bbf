/** How often and how large: what all benchmarks read from the environment. */

/** Short and small, to see that everything runs: its figures say nothing. */
export const isQuick = process.env['BENCH_QUICK'] === '1'

/** Rounds in which ours and the peers take turns. */
export const rounds = Number(process.env['BENCH_ROUNDS'] || (isQuick ? 1 : 3))

/** Records of the large zone. */
export const largeRecords = Number(process.env['BENCH_RECORDS'] || (isQuick ? 20_000 : 1_000_000))

/** 1 000 000, for people. */
export const spaced = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, ' ')
