/** The part of tr46 that is used here. */
declare module 'tr46' {
  export interface Options {
    readonly checkHyphens?: boolean
    readonly checkBidi?: boolean
    readonly checkJoiners?: boolean
    readonly useSTD3ASCIIRules?: boolean
    readonly transitionalProcessing?: boolean
  }
  export function toUnicode(domain: string, options?: Options): { readonly domain: string; readonly error: boolean }
}
