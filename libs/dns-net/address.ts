/** Where a server listens, and where a client asks. */
export interface Address {
  readonly host: string
  readonly port: number
}
