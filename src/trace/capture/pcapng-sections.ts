// What the blocks of a pcapng file say: interfaces with their link types and clocks, and packets in any of the three forms that
// packet blocks have had (draft-ietf-opsawg-pcapng §4). Everything of a packet goes into one Frame, which is reused.
import { OPTION_COMMENT, OPTION_END, OPTION_FLAGS, OPTION_PURPOSE, OPTION_RESOLUTION, padded } from '../format.ts';
import { type Epoch, TickClock } from './clock.ts';
import { type Block } from './pcapng-blocks.ts';

export type PacketFault =
  | 'packet-length' // lengths that do not fit the block
  | 'packet-interface' // of an interface that was not described
  | 'packet-time' // over 104 days from the beginning
  | 'packet-kind'; // a frame to Wireshark, but no packet: an entry of a journal, a custom block

/** A packet as the file has it: `captured` of its `original` octets stand at `octets[at]`. */
export class Frame {
  octets: Uint8Array = new Uint8Array(0);
  at = 0;
  captured = 0;
  original = 0;
  interfaceId = 0;
  linkType = 0;
  /** Since the epoch; what the file says. */
  stampNs = -0; // a floating-point number from the beginning
  /** The file says so, and it is not the packet's before it. */
  isStamped = true;
  /** epb_flags. */
  flags = 0;
  /** The purpose and the delay sash recorded (OPTION_PURPOSE). */
  purpose = 0;
  commentAt = 0;
  commentOctets = 0;
}

interface Interface {
  linkType: number;
  snapOctets: number;
  clock: TickClock;
}

/** Interfaces of one section that are kept: who describes more is damaged. */
const MAX_INTERFACES = 65_536;
const OPTION_OFFSET = 14; // if_tsoffset

/** Octets of the bodies before the packet. */
const ENHANCED_FIELDS = 20;
const SIMPLE_FIELDS = 4;

export class PcapngSections {
  readonly #frame: Frame;
  readonly #epoch: Epoch;
  #interfaces: Interface[] = [];

  constructor(frame: Frame, epoch: Epoch) {
    this.#frame = frame;
    this.#epoch = epoch;
  }

  beginSection(): void {
    this.#interfaces = [];
  }

  describeInterface({ view, at, length, isLittleEndian: little }: Block): void {
    if (this.#interfaces.length >= MAX_INTERFACES) return;
    const linkType = length < 8 ? -1 : view.getUint16(at, little);
    const snapOctets = length < 8 ? 0 : view.getUint32(at + 4, little);
    let resolution = 6; // microseconds, unless the interface says otherwise
    let offset = 0n;
    const end = at + length;
    for (let option = at + 8; option + 4 <= end;) {
      const code = view.getUint16(option, little);
      const count = view.getUint16(option + 2, little);
      if (code === OPTION_END || option + 4 + count > end) break;
      if (code === OPTION_RESOLUTION && count >= 1) resolution = view.getUint8(option + 4);
      if (code === OPTION_OFFSET && count >= 8) offset = view.getBigInt64(option + 4, little);
      option += 4 + padded(count);
    }
    this.#interfaces.push({ linkType, snapOctets, clock: TickClock.ofPcapng(resolution, offset) });
  }

  /** An Enhanced Packet Block; `isObsolete` if a Packet Block, which has two numbers of 16 bits where that has one of 32. */
  enhanced(block: Block, isObsolete: boolean): PacketFault | undefined {
    const { view, at, length, isLittleEndian: little } = block;
    const frame = this.#frame;
    if (length < ENHANCED_FIELDS) return 'packet-length';
    frame.interfaceId = isObsolete ? view.getUint16(at, little) : view.getUint32(at, little);
    const from = this.#interfaces[frame.interfaceId];
    if (from === undefined) return 'packet-interface';
    const captured = view.getUint32(at + 12, little);
    if (captured > length - ENHANCED_FIELDS) return 'packet-length';
    frame.octets = block.octets;
    frame.at = at + ENHANCED_FIELDS;
    frame.captured = captured;
    frame.original = view.getUint32(at + 16, little);
    frame.linkType = from.linkType;
    frame.isStamped = true;
    this.#readOptions(block, frame.at + padded(captured));
    frame.stampNs = from.clock.since(this.#epoch, view.getUint32(at + 4, little), view.getUint32(at + 8, little));
    return Number.isSafeInteger(frame.stampNs) ? undefined : 'packet-time';
  }

  /** A Simple Packet Block has no time of its own: it is taken to be that of the packet before it. */
  simple(block: Block): PacketFault | undefined {
    const { view, at, length, isLittleEndian: little } = block;
    const frame = this.#frame;
    if (length < SIMPLE_FIELDS) return 'packet-length';
    const from = this.#interfaces[0];
    if (from === undefined) return 'packet-interface';
    const original = view.getUint32(at, little);
    const most = from.snapOctets === 0 ? original : Math.min(original, from.snapOctets);
    frame.interfaceId = 0;
    frame.octets = block.octets;
    frame.at = at + SIMPLE_FIELDS;
    frame.captured = Math.min(most, length - SIMPLE_FIELDS);
    frame.original = original;
    frame.linkType = from.linkType;
    frame.isStamped = false;
    frame.stampNs += 0; // of -0, with which it began, 0
    frame.flags = 0;
    frame.purpose = 0;
    frame.commentOctets = 0;
    return undefined;
  }

  #readOptions({ view, at, length, isLittleEndian: little }: Block, start: number): void {
    const frame = this.#frame;
    frame.flags = 0;
    frame.purpose = 0;
    frame.commentOctets = 0;
    const end = at + length;
    for (let option = start; option + 4 <= end;) {
      const code = view.getUint16(option, little);
      const count = view.getUint16(option + 2, little);
      if (code === OPTION_END || option + 4 + count > end) return;
      if (code === OPTION_FLAGS && count >= 4) frame.flags = view.getUint32(option + 4, little);
      else if (code === OPTION_PURPOSE && count >= 4) frame.purpose = view.getUint32(option + 4, little);
      else if (code === OPTION_COMMENT && frame.commentOctets === 0) {
        frame.commentAt = option + 4;
        frame.commentOctets = count;
      }
      option += 4 + padded(count);
    }
  }
}
