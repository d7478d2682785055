// The records of a classic pcap file (draft-ietf-opsawg-pcap): one header for all, then packets. Either byte order, times in
// microseconds or nanoseconds, and the variant of old Linux distributions whose packet headers are eight octets longer.
import { PieceReader } from './piece-reader.ts';

/** Magic numbers, as they read in the byte order of who wrote them. */
export const PCAP_MICROSECONDS = 0xa1b2_c3d4;
export const PCAP_NANOSECONDS = 0xa1b2_3c4d;
export const PCAP_MODIFIED = 0xa1b2_cd34;

const MAGICS: readonly number[] = [PCAP_MICROSECONDS, PCAP_NANOSECONDS, PCAP_MODIFIED];

/** Whether four octets, read in network order, begin a pcap file. */
export function beginsPcap(magic: number): boolean {
  return MAGICS.includes(magic) || MAGICS.includes(swapped(magic));
}

function swapped(n: number): number {
  return ((n << 24) | ((n & 0xff00) << 8) | ((n >>> 8) & 0xff00) | (n >>> 24)) >>> 0;
}

/** A packet's record: the packet is the `captured` octets at `at`. Reused. */
export class PcapRecord {
  octets: Uint8Array = new Uint8Array(0);
  at = 0;
  captured = 0;
  original = 0;
  seconds = 0;
  /** Of a second, in the file's unit. */
  fraction = 0;
}

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const MODIFIED_RECORD_HEADER = 24;
/** WTAP_MAX_PACKET_SIZE_STANDARD of Wireshark: a longer one is damage. */
const MAX_PACKET = 262_144;

export class PcapRecords extends PieceReader {
  readonly #begin: (linkType: number, nsPerFraction: number) => void;
  readonly #take: (record: PcapRecord) => void;
  readonly #record = new PcapRecord();
  #isLittleEndian = true;
  #isBegun = false;

  /** `begin` is told the link type and the unit of time, then `take` each packet. */
  constructor(begin: (linkType: number, nsPerFraction: number) => void, take: (record: PcapRecord) => void) {
    super(FILE_HEADER);
    this.#begin = begin;
    this.#take = take;
  }

  protected override lengthOf(at: number): number {
    if (!this.#isBegun) return FILE_HEADER;
    const captured = this.view.getUint32(at + 8, this.#isLittleEndian);
    return captured > MAX_PACKET ? this.fail('packet-too-long') : this.headOctets + captured;
  }

  protected override take(at: number, length: number): void {
    const { view } = this;
    const little = this.#isLittleEndian;
    if (!this.#isBegun) {
      this.#takeHeader(at);
      return;
    }
    const record = this.#record;
    record.octets = this.chunk;
    record.at = at + this.headOctets;
    record.captured = length - this.headOctets;
    record.original = view.getUint32(at + 12, little);
    record.seconds = view.getUint32(at, little);
    record.fraction = view.getUint32(at + 4, little);
    this.#take(record);
  }

  #takeHeader(at: number): void {
    this.#isLittleEndian = MAGICS.includes(this.view.getUint32(at, true));
    const little = this.#isLittleEndian;
    if (this.view.getUint16(at + 4, little) !== 2) {
      this.fail('pcap-version');
      return;
    }
    const magic = this.view.getUint32(at, little);
    this.#isBegun = true;
    this.headOctets = magic === PCAP_MODIFIED ? MODIFIED_RECORD_HEADER : RECORD_HEADER;
    // The upper half of the link type's field tells of frame check sequences, which no IP packet reaches into.
    this.#begin(this.view.getUint32(at + 20, little) & 0xffff, magic === PCAP_NANOSECONDS ? 1 : 1_000);
  }
}
