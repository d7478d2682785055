// Reads any capture of TCP, pcapng or classic pcap: feed it the file in chunks of any size, and it tells every segment in
// order, and every record of sash's own, in constant memory. Nothing that stands in a file makes it throw: what cannot be read
// is counted as a literal fault. A damaged tail loses the tail only.
// Not done: IP fragments are not put together, and segments within tunnels, PPPoE or ICMP are not looked for.
import { PURPOSES } from '../../tcp/index.ts';
import { INBOUND, INTERFACE_BLOCK, OUTBOUND, PACKET_BLOCK, RECORD_BLOCK, SECTION_HEADER_BLOCK } from '../format.ts';
import { readRecord, type RecordFault } from '../record-reader.ts';
import { CapturedPacket, type CaptureSink } from './captured-packet.ts';
import { Epoch, TickClock } from './clock.ts';
import { Conversations, MAX_CONVERSATIONS } from './conversations.ts';
import { cookedDirection } from './link-layer.ts';
import { beginsPcap, PcapRecords } from './pcap-records.ts';
import { type Block, PcapngBlocks } from './pcapng-blocks.ts';
import { Frame, type PacketFault, PcapngSections } from './pcapng-sections.ts';
import { type FramingFault, type PieceReader } from './piece-reader.ts';
import { SegmentFinder, type SegmentFault } from './segment-finder.ts';

export type ReadFault = FramingFault | PacketFault | RecordFault | SegmentFault;

/** What is met in sound captures too: it is not TCP, or not a whole segment. */
const NO_DAMAGE: readonly ReadFault[] = ['not-ip', 'ip-not-tcp', 'ip-fragment', 'packet-link-type', 'packet-kind'];

/** Whether a fault is damage, and not merely something else than a TCP segment. */
export function isDamage(fault: ReadFault): boolean {
  return !NO_DAMAGE.includes(fault);
}

/** What was read, and what could not be. */
export interface ReadReport {
  format: 'pcapng' | 'pcap' | 'unknown';
  /** Packets, readable or not, as Wireshark counts them. */
  packets: number;
  /** Those of them that were told as segments. */
  segments: number;
  conversations: number;
  /** Conversations that were dropped, for only so many are known at once; what came of them later counts as a new one. */
  forgottenConversations: number;
  records: number;
  /** Blocks of types that mean nothing here. */
  skippedBlocks: number;
  /** How often each fault was met. */
  faults: Partial<Record<ReadFault, number>>;
  /** Octets at the end of a truncated file that are lost. */
  lostOctets: number;
}

const MAGIC = 4;
const OBSOLETE_PACKET_BLOCK = 2;
const SIMPLE_PACKET_BLOCK = 3;
/**
 * Blocks that are frames to Wireshark, and no packets: entries of systemd's journal, custom blocks (to be copied, or not), and
 * sysdig's events of three generations.
 */
const OTHER_FRAMES: readonly number[] = [9, 0xbad, 0x4000_0bad, 0x204, 0x216, 0x221];

export class CaptureReader {
  readonly #sink: CaptureSink;
  readonly #report: ReadReport = {
    format: 'unknown',
    packets: 0,
    segments: 0,
    conversations: 0,
    forgottenConversations: 0,
    records: 0,
    skippedBlocks: 0,
    faults: {},
    lostOctets: 0,
  };
  readonly #epoch = new Epoch();
  readonly #frame = new Frame();
  readonly #sections = new PcapngSections(this.#frame, this.#epoch);
  readonly #finder = new SegmentFinder();
  readonly #packet = new CapturedPacket();
  readonly #conversations: Conversations;
  /** Of the file until it is known what it is. */
  #beginning = new Uint8Array(0);
  #pieces: PieceReader | undefined = undefined;
  #fault: FramingFault | undefined = undefined;

  /** At most `mostConversations` are known at once; of more, the longest silent is forgotten. */
  constructor(sink: CaptureSink, { mostConversations = MAX_CONVERSATIONS } = {}) {
    this.#sink = sink;
    this.#conversations = new Conversations((conversation) => sink.forgotten?.(conversation), mostConversations);
  }

  /** Up to date at any time. */
  get report(): Readonly<ReadReport> {
    this.#report.conversations = this.#conversations.count;
    this.#report.forgottenConversations = this.#conversations.forgotten;
    return this.#report;
  }

  /** Reading has ended early: nothing more of the file can be read. */
  get isBroken(): boolean {
    return this.#fault !== undefined;
  }

  /** The wall clock at `atNs` 0, in nanoseconds since 1970, once anything has told it. */
  get epochNs(): bigint | undefined {
    return this.#epoch.ns;
  }

  push(chunk: Uint8Array): void {
    if (this.isBroken || chunk.length === 0) return;
    if (this.#pieces !== undefined) {
      this.#feed(this.#pieces, chunk);
      return;
    }
    const all = this.#beginning.length === 0 ? chunk : joined(this.#beginning, chunk);
    if (all.length < MAGIC) {
      this.#beginning = all.slice();
      return;
    }
    this.#beginning = new Uint8Array(0);
    this.#pieces = this.#choose(all);
    if (this.#pieces === undefined) this.#break('not-a-capture');
    else this.#feed(this.#pieces, all);
  }

  /** The file has ended. */
  end(): Readonly<ReadReport> {
    if (this.isBroken) return this.report;
    if (this.#pieces === undefined) {
      this.#break('not-a-capture');
      return this.report;
    }
    this.#pieces.end();
    if (this.#pieces.fault !== undefined) this.#break(this.#pieces.fault);
    this.#report.lostOctets = this.#pieces.pending;
    return this.report;
  }

  #choose(octets: Uint8Array): PieceReader | undefined {
    const magic = new DataView(octets.buffer, octets.byteOffset, MAGIC).getUint32(0);
    if (magic === SECTION_HEADER_BLOCK) {
      this.#report.format = 'pcapng';
      return new PcapngBlocks((block) => this.#takeBlock(block));
    }
    if (!beginsPcap(magic)) return undefined;
    this.#report.format = 'pcap';
    return this.#pcap();
  }

  #feed(pieces: PieceReader, chunk: Uint8Array): void {
    pieces.push(chunk);
    if (pieces.fault !== undefined) this.#break(pieces.fault);
  }

  #break(fault: FramingFault): void {
    this.#fault = fault;
    this.#count(fault);
  }

  #count(fault: ReadFault): void {
    this.#report.faults[fault] = (this.#report.faults[fault] ?? 0) + 1;
  }

  #pcap(): PieceReader {
    const frame = this.#frame;
    let clock = TickClock.ofPcap(1);
    return new PcapRecords(
      (linkType, nsPerFraction) => {
        frame.linkType = linkType;
        clock = TickClock.ofPcap(nsPerFraction);
      },
      (record) => {
        frame.octets = record.octets;
        frame.at = record.at;
        frame.captured = record.captured;
        frame.original = record.original;
        frame.stampNs = clock.since(this.#epoch, record.seconds, record.fraction);
        this.#takeFrame(Number.isSafeInteger(frame.stampNs) ? undefined : 'packet-time');
      },
    );
  }

  #takeBlock(block: Block): void {
    switch (block.type) {
      case PACKET_BLOCK:
      case OBSOLETE_PACKET_BLOCK:
        this.#takeFrame(this.#sections.enhanced(block, block.type === OBSOLETE_PACKET_BLOCK));
        return;
      case SIMPLE_PACKET_BLOCK:
        this.#takeFrame(this.#sections.simple(block));
        return;
      case RECORD_BLOCK:
        this.#takeRecord(block);
        return;
      case SECTION_HEADER_BLOCK:
        this.#sections.beginSection();
        return;
      case INTERFACE_BLOCK:
        this.#sections.describeInterface(block);
        return;
      default:
        if (OTHER_FRAMES.includes(block.type)) this.#takeFrame('packet-kind');
        else this.#report.skippedBlocks++;
    }
  }

  #takeRecord(block: Block): void {
    this.#report.records++;
    const happening = readRecord(block.view, block.at, block.length, block.isLittleEndian);
    if (typeof happening === 'string') {
      this.#count(happening);
      return;
    }
    if (happening.type === 'recording') this.#epoch.set(BigInt(happening.epochNs));
    this.#sink.happening?.(happening);
  }

  #takeFrame(fault: PacketFault | undefined): void {
    const packet = this.#packet;
    const frame = this.#frame;
    const finder = this.#finder;
    this.#report.packets++;
    if (fault !== undefined) return this.#count(fault);
    const { octets, at, captured } = frame;
    const missing = finder.find(octets, at, captured, frame.original, frame.linkType, packet.seg);
    if (missing !== undefined) return this.#count(missing);

    this.#report.segments++;
    packet.number = this.#report.packets;
    packet.stampNs = frame.stampNs;
    packet.atNs = frame.stampNs - (frame.purpose >>> 8);
    packet.isUndated = !frame.isStamped || frame.stampNs === this.#epoch.zeroNs;
    packet.isHeaderWhole = finder.isHeaderWhole;
    packet.interfaceId = frame.interfaceId;
    packet.seg.purpose = PURPOSES[frame.purpose & 0xff] ?? 'arrived';
    packet.lengthOctets = finder.lengthOctets;
    packet.capturedOctets = finder.capturedOctets;
    packet.octets = octets;
    packet.ipAt = finder.ipAt;
    packet.tcpAt = finder.ip.payloadAt;
    packet.endAt = at + captured;
    packet.commentAt = frame.commentAt;
    packet.commentOctets = frame.commentOctets;
    packet.direction = this.#direction();
    this.#conversations.assign(octets, finder.ip, packet);
    this.#sink.packet(packet);
  }

  #direction(): CapturedPacket['direction'] {
    const { flags, octets, at, linkType } = this.#frame;
    if ((flags & 3) === OUTBOUND) return 'out';
    return (flags & 3) === INBOUND ? 'in' : cookedDirection(octets, at, linkType);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
