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
  typeToText,
  validateRDATA,
  WireError,
  type ZoneFileItem,
  ZoneFileParser,
} from '@zonecast/dns'
import { type TtlBounds, ttlProblem } from '@zonecast/zone'
import type { ErrorList } from './data-errors.ts'

export type DataFormat = 'zone-file' | 'wire'

export interface ReaderPorts {
  readonly apex: Name
  /** TTL of records that have none, in seconds. */
  readonly defaultTtl: number
  /** Bounds that the zone sets to TTLs. */
  readonly ttlBounds?: TtlBounds
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
  const { apex, defaultTtl, ttlBounds, errors, take } = ports
  const parser = new ZoneFileParser({ origin: apex, defaultTtl, maxErrors: Infinity })
  const emit = (item: ZoneFileItem) => {
    if (item.kind === 'rr') {
      const fault = faultOf(item.rr, apex, ttlBounds)
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

/** What keeps an RR out of the zone, whatever else the zone holds. */
function faultOf(rr: RR, apex: Name, ttlBounds: TtlBounds | undefined): Fault | undefined {
  if (!isAtOrBelow(rr.owner, apex)) {
    const message = `${formatName(rr.owner)} is not in the zone ${formatName(apex)} (RFC 1034 §4.2)`
    return { message, reason: 'OUT_OF_ZONE' }
  }
  if (!isMetaType(rr.type)) return ttlBounds && ttlProblem(ttlBounds, rr.owner, rr.type, rr.ttl)
  return { message: `RRs of type ${typeToText(rr.type)} cannot be stored (RFC 6895 §3.1)`, reason: 'TYPE_INVALID' }
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
    const { apex, ttlBounds, errors, take } = this.#ports
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
    const fault = faultOf(rr, apex, ttlBounds) ?? rdataFault(rr, where)
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
