/** What the programs of the old way say to each other: JSON over REST. */

/** One RR, as a DNS API of the time put it. */
export interface RecordJson {
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly data: string
}

/** `GET /zones/:zone` of the API, and `PUT /zones/:zone` of the edge: the whole zone in one body. */
export interface ZoneJson {
  readonly zone: string
  readonly version: number
  readonly records: readonly RecordJson[]
}

/** `PUT /zones/:zone/rrsets/:name/:type` of the API. */
export interface RRsetJson {
  readonly ttl: number
  readonly values: readonly string[]
}

/** The answer to a change: what `POST /ready` of the publisher is told next. */
export interface VersionJson {
  readonly zone: string
  readonly version: number
}

export type Protocol = 'http/1.1' | 'http/2'

/** How a program of the old way is started: by JSON in the one argument. */
export interface ProgramInput {
  readonly protocol: Protocol
  readonly folder: string
  /** Where the next program listens: the publisher's for the API, the API's and the edge's for the publisher. */
  readonly apiUrl?: string
  readonly publisherUrl?: string
  readonly edgeUrl?: string
}
