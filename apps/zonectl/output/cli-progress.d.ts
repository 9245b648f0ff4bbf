/** What we use of cli-progress, which brings no types. */
declare module 'cli-progress' {
  export interface Params {
    readonly progress: number
    readonly value: number
    readonly total: number
    readonly startTime: number
  }

  export interface Options {
    readonly format?: (options: object, params: Params, payload: object) => string
    readonly stream?: NodeJS.WritableStream
    readonly clearOnComplete?: boolean
    readonly hideCursor?: boolean | null
    readonly fps?: number
    readonly stopOnComplete?: boolean
  }

  export class SingleBar {
    constructor(options: Options)
    start(total: number, value: number): void
    update(value: number): void
    setTotal(total: number): void
    stop(): void
  }
}
