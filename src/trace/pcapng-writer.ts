// A pcapng file (draft-ietf-opsawg-pcapng), block by block: what Wireshark, tshark and tcpdump read, and among it records of
// our own, which they skip. Here is no knowledge of happenings: recorder.ts has it.
import { PURPOSES, type Purpose, type Segment } from '../tcp/index.ts';
import { encodeHeader, fillChecksum, headerLength, type IpHeader } from '../wire/index.ts';
import {
  BLOCK_OVERHEAD,
  BYTE_ORDER_MAGIC,
  INBOUND,
  INTERFACE_BLOCK,
  LINK_TYPE_RAW,
  MAX_DELAY,
  OPTION_APPLICATION,
  OPTION_COMMENT,
  OPTION_DESCRIPTION,
  OPTION_DROPPED,
  OPTION_END,
  OPTION_FLAGS,
  OPTION_NAME,
  OPTION_PURPOSE,
  OPTION_RESOLUTION,
  OUTBOUND,
  PACKET_BLOCK,
  PACKET_FIELDS,
  padded,
  PASSING,
  RECORD_BLOCK,
  RECORD_FIELDS,
  RECORD_KINDS,
  type RecordKind,
  SECTION_HEADER_BLOCK,
} from './format.ts';
import { type Note } from './note.ts';
import { type Sink, SlabWriter } from './slab.ts';
import { encodeUtf8 } from './utf8.ts';
import { type Direction } from './vocabulary.ts';

/** The octets of every segment that are kept: header and options, or all. */
export type Snap = 'headers' | 'full';

/** IPv6 header and the longest TCP header. */
const LONGEST_HEADERS = 100;
const NO_LIMIT = 262_144;
/** epb_flags, epb_dropcount, purpose and the end of options. */
const PACKET_OPTIONS = 32;
/** A record has an octet for its interface. */
const MOST_INTERFACES = 256;

/** Which way a packet goes where it is seen; `passing` by, where neither end is. */
export type Passage = Direction | 'passing';

/** What is said of a packet beside its octets. */
export interface CopyOptions {
  passage: Passage;
  purpose: Purpose;
  comment?: string | undefined;
}

/** Where a packet lies in its block. */
const PACKET_AT = 8 + PACKET_FIELDS;
/** The length of an option's value, in the upper half of the word whose lower half is its code. */
const LENGTH_4 = 4 << 16;
const LENGTH_8 = 8 << 16;

const TWO_32 = 2 ** 32;

export class PcapngWriter {
  readonly #slab: SlabWriter;
  readonly #snap: Snap;
  /** The wall clock at Instant 0, in nanoseconds since 1970: above 2^53, hence two numbers. */
  readonly #epochHigh: number;
  readonly #epochLow: number;
  /** The timestamp of the last packet, as an Instant. */
  #last = -1;
  #recordAt = 0;
  #interfaces = 0;

  constructor(sink: Sink, snap: Snap, epochNs: bigint) {
    this.#slab = new SlabWriter(sink);
    this.#snap = snap;
    this.#epochHigh = Number(epochNs >> 32n);
    this.#epochLow = Number(epochNs & 0xffff_ffffn);
  }

  /** Octets written so far. */
  get total(): number {
    return this.#slab.total + this.#slab.at;
  }

  flush(): void {
    this.#slab.flush();
  }

  recycle(octets: Uint8Array): void {
    this.#slab.recycle(octets);
  }

  get snap(): Snap {
    return this.#snap;
  }

  /** What comes first: a section. */
  begin(application: string, comment: string): void {
    const slab = this.#slab;
    const texts = { application: encodeUtf8(application), comment: encodeUtf8(cut(comment)) };
    slab.reserve(64 + texts.application.length + texts.comment.length);

    const section = this.#open(SECTION_HEADER_BLOCK);
    slab.uint32(BYTE_ORDER_MAGIC);
    slab.uint16(1); // version 1.0
    slab.uint16(0);
    slab.uint32(0xffff_ffff); // the section's length is not known
    slab.uint32(0xffff_ffff);
    this.#option(OPTION_COMMENT, texts.comment);
    this.#option(OPTION_APPLICATION, texts.application);
    slab.uint32(OPTION_END);
    this.#close(section);
  }

  /**
   * Describes one more point of view, before its first packet, and gives its number.
   * @throws RangeError beyond 256 of them
   */
  addInterface(name: string, about = ''): number {
    if (this.#interfaces >= MOST_INTERFACES)
      throw new RangeError(`a recording has at most ${MOST_INTERFACES} interfaces`);
    const slab = this.#slab;
    const texts = { name: encodeUtf8(name), about: encodeUtf8(cut(about)) };
    slab.reserve(64 + texts.name.length + texts.about.length);
    const description = this.#open(INTERFACE_BLOCK);
    slab.uint16(LINK_TYPE_RAW);
    slab.uint16(0);
    slab.uint32(this.#snap === 'full' ? NO_LIMIT : LONGEST_HEADERS);
    this.#option(OPTION_NAME, texts.name);
    if (about !== '') this.#option(OPTION_DESCRIPTION, texts.about);
    this.#option(OPTION_RESOLUTION, Uint8Array.of(9)); // 10^-9 s
    slab.uint32(OPTION_END);
    this.#close(description);
    return this.#interfaces++;
  }

  /** The interface that the packets and records which follow belong to. */
  at = 0;
  /** The packets that follow are lost where they are seen. */
  isLost = false;

  /** A segment in its IP packet; `note` is the comment, if it has any. */
  packet(ip: IpHeader, seg: Segment, direction: Passage, purpose: Purpose, note: Note, now: number): void {
    const slab = this.#slab;
    const header = headerLength(seg);
    const isWhole = this.#snap === 'full';
    const original = ip.length + header + seg.textLength;
    const captured = isWhole ? original : ip.length + header;
    slab.reserve(BLOCK_OVERHEAD + PACKET_FIELDS + padded(captured) + PACKET_OPTIONS + 4 + padded(note.length));

    const block = slab.at;
    const ipAt = block + PACKET_AT;
    const segmentAt = ipAt + ip.length;
    const delay = this.#openPacket(captured, original, now);
    ip.encode(slab.view, ipAt, header + seg.textLength);
    encodeHeader(seg, slab.octets, segmentAt);
    slab.at = segmentAt + header;
    if (isWhole) {
      this.#text(seg);
      // A snapped packet's checksum is left 0: it could not be verified, and the octets are not worth reading for it.
      fillChecksum(ip.pseudo, slab.octets, segmentAt, slab.at - segmentAt);
      slab.pad();
    }
    if (note.length > 0) this.#note(note);
    this.#closePacket(block, direction, purpose, delay);
  }

  /** A packet as another capture holds it: `original` octets long, of which those from `from` to `to` are here. */
  copy(octets: Uint8Array, from: number, to: number, original: number, options: CopyOptions, now: number): void {
    const slab = this.#slab;
    const captured = to - from;
    const comment = encodeUtf8(cut(options.comment ?? ''));
    slab.reserve(BLOCK_OVERHEAD + PACKET_FIELDS + padded(captured) + PACKET_OPTIONS + 4 + padded(comment.length));
    const block = slab.at;
    const delay = this.#openPacket(captured, original, now);
    slab.bytes(octets.subarray(from, to));
    slab.pad();
    if (comment.length > 0) this.#option(OPTION_COMMENT, comment);
    this.#closePacket(block, options.passage, options.purpose, delay);
  }

  /**
   * Begins a record of `kind` with its two codes. `octets` are those of the fields that follow, at the most: put them in
   * with `octets32`, `number` and `json`, and end the record.
   */
  beginRecord(kind: RecordKind, first: number, second: number, octets: number, now: number): void {
    const slab = this.#slab;
    slab.reserve(BLOCK_OVERHEAD + RECORD_FIELDS + octets);
    const { view, at } = slab;
    this.#recordAt = at;
    view.setUint32(at, RECORD_BLOCK, true); // and the length, filled in when it is ended
    view.setUint32(at + 8, RECORD_KINDS.indexOf(kind) | (first << 8) | (second << 16) | (this.at << 24), true);
    view.setFloat64(at + 12, now, true);
    slab.at = at + 20;
  }

  /** A count of octets or a sequence number; counts beyond 32 bits are written as 2^32 - 1. */
  octets32(value: number): void {
    this.#slab.uint32(value < TWO_32 ? value : 0xffff_ffff);
  }

  /** A time. */
  time(value: number): void {
    this.#slab.float64(value);
  }

  endRecord(): void {
    this.#close(this.#recordAt);
  }

  /** A record of two codes and a text. */
  textRecord(kind: RecordKind, text: string, now: number): void {
    const octets = encodeUtf8(text);
    this.beginRecord(kind, 0, 0, 4 + padded(octets.length), now);
    this.#slab.uint32(octets.length);
    this.#slab.bytes(octets);
    this.#slab.pad();
    this.endRecord();
  }

  // Of what is laid down for every segment, the places are counted from the block's beginning: that is quicker than to take
  // them from the slab, and to tell it, field by field.

  /** Begins a packet with the fields before its octets; says by how much its time is delayed. */
  #openPacket(captured: number, original: number, now: number): number {
    const slab = this.#slab;
    const { view, at } = slab;
    // Timestamps strictly increase, for tools that order by them; the delay is told, so that the Instant is not lost.
    const stamped = now > this.#last ? now : this.#last + 1;
    this.#last = stamped;
    const low = this.#epochLow + stamped;
    const carry = Math.floor(low / TWO_32);
    view.setUint32(at, PACKET_BLOCK, true); // and the length, filled in when it is closed
    view.setUint32(at + 8, this.at, true);
    view.setUint32(at + 12, this.#epochHigh + carry, true);
    view.setUint32(at + 16, low - carry * TWO_32, true);
    view.setUint32(at + 20, captured, true);
    view.setUint32(at + 24, original, true);
    slab.at = at + PACKET_AT;
    return stamped - now;
  }

  #closePacket(block: number, direction: Passage, purpose: Purpose, delay: number): void {
    const slab = this.#slab;
    const { view } = slab;
    let { at } = slab;
    view.setUint32(at, OPTION_FLAGS | LENGTH_4, true);
    view.setUint32(at + 4, direction === 'in' ? INBOUND : direction === 'out' ? OUTBOUND : PASSING, true);
    at += 8;
    if (this.isLost) {
      view.setUint32(at, OPTION_DROPPED | LENGTH_8, true);
      view.setUint32(at + 4, 1, true);
      view.setUint32(at + 8, 0, true);
      at += 12;
    }
    view.setUint32(at, OPTION_PURPOSE | LENGTH_4, true);
    view.setUint32(at + 4, PURPOSES.indexOf(purpose) + Math.min(delay, MAX_DELAY) * 256, true);
    view.setUint32(at + 8, OPTION_END, true);
    slab.at = at + 12;
    this.#close(block);
  }

  #text(seg: Segment): void {
    const { text, textStart, textLength } = seg;
    if (textLength > 0) this.#slab.bytes(text.subarray(textStart, textStart + textLength));
  }

  #note(note: Note): void {
    const slab = this.#slab;
    slab.uint16(OPTION_COMMENT);
    slab.uint16(note.length);
    for (let at = 0; at < note.length; at++) slab.uint8(note.octets[at]!);
    slab.pad();
  }

  #option(code: number, value: Uint8Array): void {
    this.#slab.uint16(code);
    this.#slab.uint16(value.length);
    this.#slab.bytes(value);
    this.#slab.pad();
  }

  /** Begins a block; its length is filled in when it is closed. */
  #open(type: number): number {
    const slab = this.#slab;
    const start = slab.at;
    slab.uint32(type);
    slab.at += 4;
    return start;
  }

  #close(start: number): void {
    const slab = this.#slab;
    const { view, at } = slab;
    const length = at + 4 - start;
    view.setUint32(start + 4, length, true);
    view.setUint32(at, length, true);
    slab.at = at + 4;
  }
}

/** An option's value has a length of 16 bits, and characters up to four octets. */
function cut(text: string): string {
  return text.length <= 16_000 ? text : `${text.slice(0, 16_000)} …`;
}
