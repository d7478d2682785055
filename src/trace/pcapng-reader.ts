// Reads a recording: feed it the file in pieces of any size, and it tells every happening in order, in constant memory.
// Nothing that stands in a file makes it throw: what cannot be read is told as a literal fault. Reads captures of others
// too, as far as they are pcapng of raw IP: then there are segments only, and no direction is known but by `epb_flags`.
import { ABSENT, PURPOSES, type Purpose, Segment } from '../tcp/index.ts';
import { decodeIp, type DecodeFault, decodeSegment, type IpFault, IpPacket } from '../wire/index.ts';
import { type Block, BlockReader, type FramingFault } from './block-reader.ts';
import {
  INTERFACE_BLOCK,
  LINK_TYPE_RAW,
  OPTION_COMMENT,
  OPTION_END,
  OPTION_FLAGS,
  OPTION_PURPOSE,
  OPTION_RESOLUTION,
  OUTBOUND,
  PACKET_BLOCK,
  PACKET_FIELDS,
  padded,
  RECORD_BLOCK,
  SECTION_HEADER_BLOCK,
} from './format.ts';
import { readRecord, type RecordFault } from './record-reader.ts';
import { decodeUtf8 } from './utf8.ts';
import { type Happening, type SegmentPasses } from './vocabulary.ts';

export type PacketFault =
  | 'packet-length' // lengths that do not fit the block
  | 'packet-interface' // of an interface that was not described
  | 'packet-link-type' // not raw IP
  | 'packet-time' // over 104 days from the beginning
  | 'packet-form'; // a simple or obsolete packet block

export type ReadFault = FramingFault | PacketFault | RecordFault | IpFault | DecodeFault;

/** What was read, and what could not be. */
export interface ReadReport {
  /** Packets, readable or not, as Wireshark counts them. */
  packets: number;
  records: number;
  /** Blocks of types that mean nothing here. */
  skippedBlocks: number;
  /** How often each fault was met. */
  faults: Partial<Record<ReadFault, number>>;
  /** Octets at the end of a truncated file that are lost. */
  lostOctets: number;
}

interface Interface {
  linkType: number;
  /** Nanoseconds are ticks × multiplier ÷ divisor. */
  multiplier: bigint;
  divisor: bigint;
  isNanoseconds: boolean;
}

/** The simple and the obsolete packet block: frames to Wireshark, so they count. */
const OTHER_PACKET_BLOCKS: readonly number[] = [2, 3];
const TWO_32 = 2 ** 32;

export class PcapngReader {
  readonly #tell: (happening: Happening) => void;
  readonly #blocks = new BlockReader((block) => this.#takeBlock(block));
  readonly #report: ReadReport = { packets: 0, records: 0, skippedBlocks: 0, faults: {}, lostOctets: 0 };
  readonly #packet = new IpPacket();
  readonly #seg = new Segment();
  #interfaces: Interface[] = [];
  /** The wall clock at Instant 0, in two numbers; in a foreign capture that of its first packet. */
  #epochHigh = 0;
  #epochLow = 0;
  #isAnchored = false;

  // What the options of the packet at hand say.
  #comment: string | undefined = undefined;
  #flags = 0;
  #purpose = 0;

  /** `tell` is called once for each happening, in the order of the file. */
  constructor(tell: (happening: Happening) => void) {
    this.#tell = tell;
  }

  get report(): Readonly<ReadReport> {
    return this.#report;
  }

  /** Reading has ended early: nothing more of the file can be read. */
  get isBroken(): boolean {
    return this.#blocks.fault !== undefined;
  }

  push(chunk: Uint8Array): void {
    if (this.isBroken) return;
    this.#blocks.push(chunk);
    if (this.#blocks.fault !== undefined) this.#fault(this.#blocks.fault);
  }

  /** The file has ended. */
  end(): Readonly<ReadReport> {
    if (!this.isBroken) {
      this.#blocks.end();
      if (this.#blocks.fault !== undefined) this.#fault(this.#blocks.fault);
      this.#report.lostOctets = this.#blocks.pending;
    }
    return this.#report;
  }

  #fault(fault: ReadFault): void {
    this.#report.faults[fault] = (this.#report.faults[fault] ?? 0) + 1;
  }

  #takeBlock(block: Block): void {
    switch (block.type) {
      case SECTION_HEADER_BLOCK:
        this.#interfaces = [];
        this.#isAnchored = false;
        return;
      case INTERFACE_BLOCK:
        this.#describeInterface(block);
        return;
      case PACKET_BLOCK:
        this.#report.packets++;
        this.#takePacket(block);
        return;
      case RECORD_BLOCK:
        this.#takeRecord(block);
        return;
      default:
        if (OTHER_PACKET_BLOCKS.includes(block.type)) {
          this.#report.packets++;
          this.#fault('packet-form');
          return;
        }
        this.#report.skippedBlocks++;
    }
  }

  #takeRecord(block: Block): void {
    this.#report.records++;
    const happening = readRecord(block.view, block.at, block.length, block.isLittleEndian);
    if (typeof happening === 'string') {
      this.#fault(happening);
      return;
    }
    if (happening.type === 'recording') this.#anchor(BigInt(happening.epochNs));
    this.#tell(happening);
  }

  #anchor(epochNs: bigint): void {
    this.#epochHigh = Number(epochNs >> 32n);
    this.#epochLow = Number(epochNs & 0xffff_ffffn);
    this.#isAnchored = true;
  }

  #describeInterface(block: Block): void {
    const { view, at, length, isLittleEndian: little } = block;
    const linkType = length < 8 ? -1 : view.getUint16(at, little);
    let resolution = 6; // microseconds, unless the interface says otherwise
    eachOption(block, at + 8, (code, start) => {
      if (code === OPTION_RESOLUTION) resolution = view.getUint8(start);
    });
    const exponent = BigInt(resolution & 0x7f);
    const ticks = (resolution & 0x80) === 0 ? 10n ** exponent : 2n ** exponent;
    this.#interfaces.push({ linkType, multiplier: 1_000_000_000n, divisor: ticks, isNanoseconds: resolution === 9 });
  }

  #takePacket(block: Block): void {
    const { view, at, length, isLittleEndian: little } = block;
    if (length < PACKET_FIELDS) return this.#fault('packet-length');
    const from = this.#interfaces[view.getUint32(at, little)];
    if (from === undefined) return this.#fault('packet-interface');
    if (from.linkType !== LINK_TYPE_RAW) return this.#fault('packet-link-type');
    const captured = view.getUint32(at + 12, little);
    const start = at + PACKET_FIELDS;
    if (captured > length - PACKET_FIELDS) return this.#fault('packet-length');
    const fault = this.#decode(block.octets, start, captured);
    if (fault !== undefined) return this.#fault(fault);

    const ticksHigh = view.getUint32(at + 4, little);
    const ticksLow = view.getUint32(at + 8, little);
    this.#comment = undefined;
    this.#flags = 0;
    this.#purpose = 0;
    eachOption(block, start + padded(captured), (code, valueAt, count) => {
      if (code === OPTION_COMMENT) this.#comment ??= decodeUtf8(block.octets, valueAt, valueAt + count);
      if (code === OPTION_FLAGS && count >= 4) this.#flags = view.getUint32(valueAt, little);
      if (code === OPTION_PURPOSE && count >= 4) this.#purpose = view.getUint32(valueAt, little);
    });
    const atNs = this.#instant(ticksHigh, ticksLow, from);
    if (!Number.isSafeInteger(atNs)) return this.#fault('packet-time');
    this.#tell(this.#happening(atNs, start + captured));
  }

  #decode(octets: Uint8Array, start: number, captured: number): IpFault | DecodeFault | undefined {
    const packet = this.#packet;
    const fault = decodeIp(octets, start, captured, packet);
    if (fault !== undefined) return fault;
    const there = Math.min(packet.payloadLength, start + captured - packet.payloadAt);
    return decodeSegment(octets, packet.payloadAt, there, this.#seg);
  }

  #instant(ticksHigh: number, ticksLow: number, from: Interface): number {
    let high = ticksHigh;
    let low = ticksLow;
    if (!from.isNanoseconds) {
      const ns = (((BigInt(high) << 32n) | BigInt(low)) * from.multiplier) / from.divisor;
      high = Number(ns >> 32n);
      low = Number(ns & 0xffff_ffffn);
    }
    if (!this.#isAnchored) {
      this.#epochHigh = high;
      this.#epochLow = low;
      this.#isAnchored = true;
    }
    return (high - this.#epochHigh) * TWO_32 + (low - this.#epochLow) - Math.floor(this.#purpose / 256);
  }

  #happening(atNs: number, capturedEnd: number): SegmentPasses {
    const { seg, packet } = { seg: this.#seg, packet: this.#packet };
    const lengthOctets = packet.payloadLength - (seg.textStart - packet.payloadAt);
    const purpose: Purpose = PURPOSES[this.#purpose & 0xff] ?? 'arrived';
    const happening: SegmentPasses = {
      type: 'segment',
      atNs,
      packet: this.#report.packets,
      direction: (this.#flags & 3) === OUTBOUND ? 'out' : 'in',
      purpose,
      sourcePort: seg.sourcePort,
      destinationPort: seg.destinationPort,
      seq: seg.seq,
      ack: seg.ack,
      flags: seg.flags,
      wnd: seg.wnd,
      lengthOctets,
    };
    if (seg.mss !== ABSENT) happening.mss = seg.mss;
    if (seg.windowScale !== ABSENT) happening.windowScale = seg.windowScale;
    if (seg.tsVal !== ABSENT) happening.tsVal = seg.tsVal;
    if (seg.tsEcr !== ABSENT) happening.tsEcr = seg.tsEcr;
    if (seg.sackPermitted) happening.sackPermitted = true;
    if (seg.sackCount > 0) happening.sacks = blocks(seg);
    if (this.#comment !== undefined) happening.comment = this.#comment;
    if (lengthOctets > 0 && seg.textStart + lengthOctets <= capturedEnd) {
      happening.text = seg.text.subarray(seg.textStart, seg.textStart + lengthOctets);
    }
    return happening;
  }
}

function blocks(seg: Segment): [number, number][] {
  return Array.from({ length: seg.sackCount }, (_, index) => [seg.sacks[2 * index]!, seg.sacks[2 * index + 1]!]);
}

/** Calls `take` with each option's code, and where its value lies; ends at the first that does not fit. */
function eachOption(block: Block, start: number, take: (code: number, at: number, length: number) => void): void {
  const { view, isLittleEndian } = block;
  const end = block.at + block.length;
  let at = start;
  while (at + 4 <= end) {
    const code = view.getUint16(at, isLittleEndian);
    const length = view.getUint16(at + 2, isLittleEndian);
    if (code === OPTION_END || at + 4 + length > end) return;
    take(code, at + 4, length);
    at += 4 + padded(length);
  }
}
