/** The tables, as kysely knows them. Numbers stand for 64-bit integers below 2⁵³. */
import type { Generated } from 'kysely'

export interface Tables {
  meta: { name: string; value: Uint8Array }
  zones: ZoneTable
  contents: ContentTable
  pages: PageTable
  versions: VersionTable
  delta_pieces: DeltaPieceTable
  /** Under the empty owner stands a version that touched more names than are listed. */
  change_names: { zone: number; owner: Uint8Array; version: number }
  changes: ChangeTable
  request_ids: RequestIdTable
  audit: AuditTable
  denials: DenialTable
  shard_counters: { shard: number; position: number }
  relay_positions: RelayPositionTable
  /** What one of several zone APIs does for all, and until when it is taken to live. */
  leases: { name: string; holder: string; state: string; until_ms: number }
  credentials: CredentialTable
  edges: EdgeTable
  templates: TemplateTable
  notes: NoteTable
  note_tags: NoteTagTable
  change_details: ChangeDetailTable
  serial_floors: SerialFloorTable
  principals: PrincipalTable
  grants: GrantTable
  principal_credentials: PrincipalCredentialTable
  zone_owners: { zone_key: string; principal: string }
  access_state: { one: number; revision: number }
  quotas: QuotaTable
  quota_uses: { principal: string; level: number; at: number }
  /** Who made a zone, whose quota it counts for. */
  zone_makers: { zone_key: string; principal: string }
  secrets: SecretTable
  tsig_keys: TSIGKeyTable
}

/** What must be read again, and only with a key that stands outside the database. */
export interface SecretTable {
  kind: string
  sort_key: Uint8Array
  name: string
  /** Id of the key that opens it. */
  seal_key: string
  sealed: Uint8Array
}

export interface TSIGKeyTable {
  /** By which names are in canonical order. */
  sort_key: Uint8Array
  name: string
  algorithm: string
  secret_octets: number
  created_at: number
  created_by: string
}

/** What is null is not bounded. */
export interface QuotaTable {
  principal: string
  zones: number | null
  rrsets_per_zone: number | null
  changes_per_minute: number | null
  burst: number | null
}

/** The newest state of each zone, tombstones included: the head. */
export interface ZoneTable {
  number: Generated<number>
  zone_key: string
  /** The apex with its case, and the key by which zones are in canonical order. */
  apex: Uint8Array
  sort_key: Uint8Array
  id: string
  /** Number of the live content; 0 when deleted. */
  content: number
  generation: number
  version: number
  serial: number
  digest: Uint8Array
  deleted: number
  soa: Uint8Array
  settings: Uint8Array
  settings_version: number
  placement: string
  rr_count: number
  rrset_count: number
  content_octets: number
  shard: number
  position: number
  created_at: number
  changed_at: number
  /** RRsets that have a comment or tags. */
  notes: number
  /** Tags of the zone itself (`tagsText`). */
  tags: string
}

/** A set of pages: `stage` until it is made a zone's content, `replaced` while history may ask for it, `dropped` until it is gone. */
export interface ContentTable {
  number: Generated<number>
  zone_key: string
  state: 'stage' | 'live' | 'replaced' | 'dropped'
  /** What a stage began on; null when there was no zone. */
  began_generation: number | null
  began_version: number | null
  /** Who fills a stage, where several programs share a database; else 0. */
  run: number
}

export interface PageTable {
  content: number
  key: Uint8Array
  page: Uint8Array
}

/** The change log: a row a version, with the step from the version before where it is small. */
export interface VersionTable {
  zone: number
  version: number
  generation: number
  serial: number
  digest: Uint8Array
  soa: Uint8Array
  settings: Uint8Array
  settings_version: number
  placement: string
  rr_count: number
  rrset_count: number
  content_octets: number
  deleted: number
  /** How the step from the version before is kept: here, in `delta_pieces`, or not at all (of one that was purged, `removed` is empty). */
  step: 'inline' | 'pieces' | 'none'
  removed: Uint8Array | null
  added: Uint8Array | null
  /** Content number that the pieces stand under. */
  delta_content: number | null
  /** Content that this version replaced, kept while history may ask for it. */
  replaced_content: number | null
  change_id: string
  committed_at: number
}

export interface DeltaPieceTable {
  content: number
  piece: number
  removed: Uint8Array
  added: Uint8Array
}

/** A row a change: what it came to, and what the audit log says of it. */
export interface ChangeTable {
  number: Generated<number>
  change_id: string
  principal: string
  method: string
  zone_key: string
  reason: string
  rrs_before: number
  rrs_after: number
  /** Zone keys and effects, as an encoded ApplyChangesResponse. */
  outcome: Uint8Array
  committed_at: number
}

export interface RequestIdTable {
  principal: string
  method: string
  request_id: string
  body_hash: Uint8Array
  outcome: Uint8Array
  expires_at: number
}

/** What stays of a change in the audit log once history has let go of it. */
export interface AuditTable {
  number: Generated<number>
  at: number
  principal: string
  method: string
  zone_key: string
  change_id: string
  reason: string
  rrs_before: number
  rrs_after: number
  /** The version it made; 0 where it is not known. */
  generation: number
  version: number
  /** What was done about an edge: its state, or the version that it held, before and after; empty in lines of changes. */
  edge_id: Generated<string>
  state_before: Generated<string>
  state_after: Generated<string>
}

/** A line of a change. */
export type ChangeLineRow = Omit<AuditTable, 'number' | 'edge_id' | 'state_before' | 'state_after'>

/** Calls that were denied; those alike within a short time are one row. */
export interface DenialTable {
  number: Generated<number>
  at: number
  last_at: number
  /** Empty where the credential was missing or not in force. */
  principal: string
  method: string
  reason: string
  permission: string
  count: number
  /** What the permission was wanted for; empty where it was for nothing of a zone. */
  zone_key: Generated<string>
  rrset: Generated<string>
  /** What was wrong with a credential. */
  fault: Generated<string>
}

/** Up to where a shard was put into a log apart from the zone API. */
export interface RelayPositionTable {
  /** Tells the log from every other. */
  log: string
  shard: number
  position: number
}

/** Credentials of the bootstrap file. */
export interface CredentialTable {
  sha256: Uint8Array
  principal: string
  role: string
  edge_id: string
  /** JSON array of strings. */
  placements: string
  created_at: number
}

export interface EdgeTable {
  edge_id: string
  state: 'expected' | 'draining' | 'retired'
  /** JSON array of strings. */
  placements: string
  /** It is expected to answer changes after this number, and up to that one; null while in force. */
  after_change: number
  until_change: number | null
  created_at: number
  /** Who gave it its state; empty where that comes from its credential alone. */
  set_by: Generated<string>
}

export interface TemplateTable {
  name: string
  /** JSON, as whoever reads templates writes it. */
  definition: string
  version: number
  created_at: number
  changed_at: number
}

/** Comment and tags of an RRset, or of a zone, whose place is empty. `zone` is the zone's sort key. */
export interface NoteTable {
  zone: Uint8Array
  /** Owner key and type: the canonical order of RRsets. */
  place: Uint8Array
  /** Folded. */
  owner: Uint8Array
  type: number
  /** JSON. */
  note: string
}

/** A row a tag. */
export interface NoteTagTable {
  tag: string
  zone: Uint8Array
  place: Uint8Array
  value: string
}

/** What a change did beside RRs, for the audit log: before and after, empty where there was nothing. */
export interface ChangeDetailTable {
  number: Generated<number>
  change_id: string
  at: number
  subject: string
  before: string
  after: string
  /** Of a note: where it stands, and the version that the zone had then. */
  zone: Uint8Array
  owner: Uint8Array
  type: number
  version: number
}

/** What edges have of a zone that is not live here: where it is made, its generation and serial come after these. */
export interface SerialFloorTable {
  zone_key: string
  generation: number
  serial: number
}

export interface PrincipalTable {
  name: string
  /** The octets of the name. */
  sort_key: Uint8Array
  kind: 'person' | 'service' | 'edge' | 'publisher' | 'transfer-agent'
  display: string
  disabled: number
  /** JSON array of strings. */
  placements: string
  created_at: number
  created_by: string
}

/** Patterns as texts; permissions as a JSON array where no role brings them, types as one of numbers. */
export interface GrantTable {
  id: string
  principal: string
  role: string
  permissions: string
  zones: string
  names: string
  types: string
  apex: number
  created_at: number
  created_by: string
}

/** Of a secret there is what it can be told by: the hash of a token, argon2id of a password. Times that have not come are 0. */
export interface PrincipalCredentialTable {
  id: string
  principal: string
  kind: 'token' | 'password' | 'certificate'
  sha256: Uint8Array | null
  phc: string
  fingerprint: string
  subject: string
  label: string
  created_at: number
  created_by: string
  expires_at: number
  last_used_at: number
  revoked_at: number
}
