/** Reads the data of an import, zone file or wire format, into RRs that belong to the zone. */
import {
  decodeRR,
  formatName,
  formatRR,
  isAtOrBelow,
  isMetaType,
  type Name,
  type RR,
  scanRR,
  TYPE,
  typeToText,
  validateRDATA,
  WireError,
  type ZoneFileItem,
  ZoneFileParser,
} from '@zonecast/dns'
import { type TtlBounds, ttlProblem } from '@zonecast/zone'
import type { ErrorList } from './data-errors.ts'
import type { RecordsPolicy } from './import-request.ts'

export type DataFormat = 'zone-file' | 'wire'

export interface ReaderPorts {
  readonly apex: Name
  /** TTL of records that have none, in seconds. */
  readonly defaultTtl: number
  /** Bounds that the zone sets to TTLs. */
  readonly ttlBounds?: TtlBounds
  readonly records: RecordsPolicy
  /** An RR is left out, as the policy has it. */
  readonly dropped: (kind: keyof RecordsPolicy) => void
  readonly errors: ErrorList
  readonly take: (rr: RR, line: number) => void
}

/** Takes the data in pieces of any cut. */
export interface DataReader {
  push(bytes: Uint8Array): void
  end(): void
}

export function dataReader(format: DataFormat, ports: ReaderPorts): DataReader {
  return format === 'wire' ? new WireReader(ports) : zoneFileReader(ports)
}

function zoneFileReader(ports: ReaderPorts): DataReader {
  const { apex, defaultTtl, errors, take } = ports
  const parser = new ZoneFileParser({ origin: apex, defaultTtl, maxErrors: Infinity })
  const emit = (item: ZoneFileItem) => {
    if (item.kind === 'rr') {
      const fault = faultOf(item.rr, ports)
      if (fault === 'dropped') return
      if (fault === undefined) take(item.rr, item.line)
      else
        errors.add({
          line: item.line,
          column: item.column,
          text: formatName(item.rr.owner),
          message: fault.message,
          reason: fault.reason,
        })
    } else if (item.kind === 'error') {
      const { line, column, text, rule } = item.error
      errors.add({ line, column, text, message: rule, reason: 'ZONE_FILE_SYNTAX' })
    } else {
      const message = 'an import cannot read files of yours: put the text of the file here, as zonectl does (RFC 1035 §5.1)'
      errors.add({ line: item.line, column: item.column, text: item.path, message, reason: 'ZONE_FILE_SYNTAX' })
    }
  }
  return { push: (bytes) => parser.push(bytes, emit), end: () => parser.end(emit) }
}

type Fault = { readonly message: string; readonly reason: string }

/** What keeps an RR out of the zone, whatever else the zone holds; and whether it is left out without a word. */
function faultOf(rr: RR, { apex, ttlBounds, records, dropped }: ReaderPorts): Fault | 'dropped' | undefined {
  const unwanted = unwantedOf(rr, apex)
  if (unwanted !== undefined && records[unwanted] === 'drop') {
    dropped(unwanted)
    return 'dropped'
  }
  if (unwanted === 'outOfZone') {
    const message = `${formatName(rr.owner)} is not in the zone ${formatName(apex)} (RFC 1034 §4.2)`
    return { message, reason: 'OUT_OF_ZONE' }
  }
  if (unwanted === 'dnssec' && records.dnssec === 'refuse') {
    const message = `${typeToText(rr.type)} of ${formatName(rr.owner)} belongs to a signed zone, and this import takes none such`
    return { message, reason: 'DNSSEC_UNWANTED' }
  }
  if (!isMetaType(rr.type)) return ttlBounds && ttlProblem(ttlBounds, rr.owner, rr.type, rr.ttl)
  return { message: `RRs of type ${typeToText(rr.type)} cannot be stored (RFC 6895 §3.1)`, reason: 'TYPE_INVALID' }
}

/** Types that a signer makes, or that speak of its keys; a DS belongs to a delegation. */
const dnssecTypes: ReadonlySet<number> = new Set([
  TYPE.RRSIG,
  TYPE.NSEC,
  TYPE.NSEC3,
  TYPE.NSEC3PARAM,
  TYPE.DNSKEY,
  TYPE.CDS,
  TYPE.CDNSKEY,
  TYPE.ZONEMD,
])

function unwantedOf(rr: RR, apex: Name): keyof RecordsPolicy | undefined {
  if (!isAtOrBelow(rr.owner, apex)) return 'outOfZone'
  return dnssecTypes.has(rr.type) ? 'dnssec' : undefined
}

/** Owner, fixed fields and RDATA at their longest. */
const maxRROctets = 255 + 10 + 65_535
const blockOctets = 4 * maxRROctets

/** Stored RRs back to back. Where one is malformed in structure, nothing after it can be read. */
class WireReader implements DataReader {
  readonly #ports: ReaderPorts
  #block = new Uint8Array(4096)
  #length = 0
  /** Octets before the block. */
  #before = 0
  #broken = false

  constructor(ports: ReaderPorts) {
    this.#ports = ports
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.#broken;) {
      const piece = bytes.subarray(at, at + blockOctets - this.#length)
      this.#append(piece)
      at += piece.length
      if (this.#length === blockOctets) this.#read(maxRROctets)
    }
  }

  end(): void {
    if (!this.#broken) this.#read(1)
  }

  #append(piece: Uint8Array): void {
    if (this.#length + piece.length > this.#block.length) {
      const larger = new Uint8Array(Math.min(blockOctets, Math.max(2 * this.#block.length, this.#length + piece.length)))
      larger.set(this.#block.subarray(0, this.#length))
      this.#block = larger
    }
    this.#block.set(piece, this.#length)
    this.#length += piece.length
  }

  /** Reads RRs while at least so many octets are left: with a whole RR's worth, none is cut off. */
  #read(least: number): void {
    let at = 0
    while (this.#length - at >= least && !this.#broken) at = this.#take(at)
    this.#block.copyWithin(0, at, this.#length)
    this.#length -= at
    this.#before += at
  }

  #take(at: number): number {
    const { errors, take } = this.#ports
    const where = `at octet ${this.#before + at} of the data`
    let end = at
    try {
      end = scanRR(this.#block, at, this.#length)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.#broken = true
      errors.add({
        line: 0,
        column: 0,
        text: '',
        message: `the RR ${where} is malformed: ${error.message}`,
        reason: 'RDATA_INVALID',
      })
      return at
    }
    const rr = decodeRR(this.#block.subarray(at, end))
    const fault = faultOf(rr, this.#ports) ?? rdataFault(rr, where)
    if (fault === 'dropped') return end
    if (fault === undefined) take(rr, 0)
    else errors.add({ line: 0, column: 0, text: formatRR(rr), message: fault.message, reason: fault.reason })
    return end
  }
}

function rdataFault({ type, rdata }: RR, where: string): Fault | undefined {
  try {
    validateRDATA(type, rdata)
    return undefined
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return { message: `${typeToText(type)} RDATA ${where} is malformed: ${error.message}`, reason: 'RDATA_INVALID' }
  }
}
