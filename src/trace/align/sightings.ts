// What one vantage saw of each conversation, a row for each segment: what tells segments apart, and when it was seen. About 35
// octets a segment, in typed arrays that grow.
import { ABSENT, SYN } from '../../tcp/index.ts';
import { type CapturedPacket, type CaptureSink } from '../capture/index.ts';
import { type Endpoint } from '../vocabulary.ts';

const FIRST_ROWS = 1_024;
/** Segments of one file that are looked at: 40 million take 1.6 GB. */
export const MOST_SEGMENTS = 40_000_000;

export class Sightings {
  readonly index: number;
  readonly ends: readonly [Endpoint, Endpoint];
  /** The initial sequence number of either end, if its SYN was seen. */
  readonly isn: [number | undefined, number | undefined] = [undefined, undefined];
  rows = 0;
  atNs = new Float64Array(FIRST_ROWS);
  /** The frame's number in its file. */
  frame = new Uint32Array(FIRST_ROWS);
  seq = new Uint32Array(FIRST_ROWS);
  ack = new Uint32Array(FIRST_ROWS);
  lengthOctets = new Uint32Array(FIRST_ROWS);
  tsVal = new Uint32Array(FIRST_ROWS);
  wnd = new Uint16Array(FIRST_ROWS);
  flags = new Uint8Array(FIRST_ROWS);
  /** Which end sent it. */
  side = new Uint8Array(FIRST_ROWS);

  constructor(index: number, ends: readonly [Endpoint, Endpoint]) {
    this.index = index;
    this.ends = ends;
  }

  add(packet: CapturedPacket): void {
    if (this.rows === this.seq.length) this.#grow();
    const { seg, side } = packet;
    const row = this.rows++;
    this.atNs[row] = packet.atNs;
    this.frame[row] = packet.number;
    this.seq[row] = seg.seq;
    this.ack[row] = seg.ack;
    this.lengthOctets[row] = packet.lengthOctets;
    this.tsVal[row] = seg.tsVal === ABSENT ? 0 : seg.tsVal;
    this.wnd[row] = seg.wnd;
    this.flags[row] = seg.flags;
    this.side[row] = side;
    if (seg.has(SYN)) this.isn[side] ??= seg.seq;
  }

  #grow(): void {
    const rows = this.seq.length * 2;
    this.atNs = copied(new Float64Array(rows), this.atNs);
    for (const name of ['frame', 'seq', 'ack', 'lengthOctets', 'tsVal'] as const) {
      this[name] = copied(new Uint32Array(rows), this[name]);
    }
    this.wnd = copied(new Uint16Array(rows), this.wnd);
    this.flags = copied(new Uint8Array(rows), this.flags);
    this.side = copied(new Uint8Array(rows), this.side);
  }
}

function copied<T extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(to: T, from: T): T {
  to.set(from);
  return to;
}

/** Takes a capture, and sorts what it holds by conversations. */
export class Sighter implements CaptureSink {
  readonly conversations: Sightings[] = [];
  /** Segments that were one too many. */
  leftOut = 0;
  #rows = 0;
  readonly #most: number;
  readonly #byIndex = new Map<number, Sightings>();

  /** Segments of the file that are looked at, at the most. */
  constructor(most = MOST_SEGMENTS) {
    this.#most = most;
  }

  packet(packet: CapturedPacket): void {
    if (this.#rows === this.#most) {
      this.leftOut++;
      return;
    }
    this.#rows++;
    const { conversation } = packet;
    let sightings = this.#byIndex.get(conversation.index);
    if (sightings === undefined) {
      sightings = new Sightings(conversation.index, conversation.ends);
      this.#byIndex.set(conversation.index, sightings);
      this.conversations.push(sightings);
    }
    sightings.add(packet);
  }
}
