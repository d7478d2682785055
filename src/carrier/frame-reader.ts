// Cuts what a stream carrier delivers into frames: the preface, then one segment after another. A frame that lies whole in
// what was read is handed on where it lies; of one that does not, the part that came is kept, and no octet is copied twice
// for it but by a doubling of the room. At most one frame is kept, and never more room than has been filled, rounded up.
import {
  checkFrameLength,
  checkPreface,
  CHECKSUMS,
  describeStranger,
  FRAME_HEADER,
  MAX_FRAME,
  PREFACE_LENGTH,
  prefaceFlags,
} from '../wire/index.ts';
import { type CarrierFaultName } from './errors.ts';

/** Who takes the frames. */
export interface FrameSink {
  /** One segment's octets: `octets[start … start + length)`, valid until this returns. False stops the reading for good. */
  frameArrives(octets: Uint8Array, start: number, length: number): boolean;
  /** What came cannot be understood; nothing after it is read. `what` is a phrase: `an HTTP request ("GET / HTTP/1.1")`. */
  streamFails(fault: CarrierFaultName, what: string): void;
}

const NOTHING: Uint8Array = new Uint8Array(0);
const FEWEST = 2_048;
const MOST = FRAME_HEADER + MAX_FRAME;

/** One buffer for a whole frame, for whichever reader needs it next: with few busy carriers nothing is allocated. */
let spare: Uint8Array | undefined = new Uint8Array(MOST);

export class FrameReader {
  #stage: 'preface' | 'frames' | 'stopped' = 'preface';
  #kept = NOTHING;
  #have = 0;
  /** The preface says that the segments' checksums are filled in. */
  hasChecksums = false;

  /** The preface has come. */
  get isSash(): boolean {
    return this.#stage === 'frames';
  }

  /** If the stream ended now, it would end inside the preface or inside a frame: says which, in a phrase. */
  get unfinished(): string | undefined {
    if (this.#stage === 'preface')
      return this.#have === 0 ? undefined : `inside the preface, after ${this.#have} octets`;
    return this.#have === 0 ? undefined : `inside a frame, after ${this.#have} of its octets`;
  }

  /** Takes the first `length` octets, which came together. */
  read(octets: Uint8Array, length: number, sink: FrameSink): void {
    let at = 0;
    if (this.#stage === 'preface') at = this.#readPreface(octets, length, sink);
    if (this.#stage === 'frames' && this.#have > 0) at = this.#complete(octets, at, length, sink);
    while (this.#stage === 'frames' && length - at >= FRAME_HEADER) {
      const size = (octets[at]! << 8) | octets[at + 1]!;
      if (!this.#isPossible(size, sink)) return;
      const end = at + FRAME_HEADER + size;
      if (end > length) break;
      if (!sink.frameArrives(octets, at + FRAME_HEADER, size)) this.stop();
      at = end;
    }
    if (this.#stage === 'frames' && at < length) this.#keep(octets, at, length);
  }

  /** Reads no more, and forgets what is kept. */
  stop(): void {
    this.#stage = 'stopped';
    this.#kept = NOTHING;
    this.#have = 0;
  }

  #readPreface(octets: Uint8Array, length: number, sink: FrameSink): number {
    const missing = Math.min(PREFACE_LENGTH - this.#have, length);
    this.#keep(octets, 0, missing);
    const verdict = checkPreface(this.#kept.subarray(0, this.#have));
    if (verdict === 'incomplete') return length;
    if (verdict === 'sash') {
      this.#stage = 'frames';
      this.hasChecksums = (prefaceFlags(this.#kept) & CHECKSUMS) !== 0;
      this.#rest();
      return missing;
    }
    this.#keep(octets, missing, Math.min(length, FEWEST - PREFACE_LENGTH)); // the more of it, the better it is described
    const what = describeStranger(this.#kept.subarray(0, this.#have));
    this.stop();
    sink.streamFails(verdict === 'stranger' ? 'stranger' : 'version', what);
    return length;
  }

  /** Goes on with the frame whose beginning is kept; returns where the next one begins. */
  #complete(octets: Uint8Array, from: number, length: number, sink: FrameSink): number {
    let at = from;
    if (this.#have < FRAME_HEADER) {
      if (at === length) return at;
      this.#keep(octets, at, ++at);
    }
    const size = (this.#kept[0]! << 8) | this.#kept[1]!;
    if (!this.#isPossible(size, sink)) return length;
    const missing = Math.min(FRAME_HEADER + size - this.#have, length - at);
    this.#keep(octets, at, at + missing);
    if (this.#have < FRAME_HEADER + size) return length;
    const isWelcome = sink.frameArrives(this.#kept, FRAME_HEADER, size);
    this.#rest();
    if (!isWelcome) this.stop();
    return at + missing;
  }

  #isPossible(size: number, sink: FrameSink): boolean {
    const fault = checkFrameLength(size);
    if (fault === undefined) return true;
    this.stop();
    sink.streamFails('malformed', `a frame of ${size} octets, where 20 to ${MAX_FRAME} are possible`);
    return false;
  }

  #keep(octets: Uint8Array, from: number, to: number): void {
    if (to <= from) return;
    const needed = this.#have + to - from;
    if (needed > this.#kept.length) this.#grow(needed);
    this.#kept.set(octets.subarray(from, to), this.#have);
    this.#have = needed;
  }

  #grow(needed: number): void {
    let room: Uint8Array;
    if (spare !== undefined) {
      room = spare;
      spare = undefined;
    } else {
      room = new Uint8Array(Math.min(MOST, Math.max(FEWEST, needed, 2 * this.#kept.length)));
    }
    room.set(this.#kept.subarray(0, this.#have));
    this.#kept = room;
  }

  #rest(): void {
    if (this.#kept.length === MOST) spare = this.#kept;
    this.#kept = NOTHING;
    this.#have = 0;
  }
}
