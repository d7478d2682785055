// The way from the socket to the connection: what is read is cut into frames, their checksums are verified where the peer fills
// them in, and each is decoded. The segment handed on is the same object each time, and its text lies where it was read.
import { NO_SEQ, Segment } from '../tcp/index.ts';
import { CARRIER_PSEUDO, decodeSegment, isChecksumRight } from '../wire/index.ts';
import { type CarrierFaultName } from './errors.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';

/** Who takes the segments. */
export interface SegmentSink {
  /** Valid until this returns. False stops the reading for good. */
  segmentArrives(seg: Segment): boolean;
  /** The checksum is wrong. What the header says, if it can be read at all, is not to be believed. */
  damageArrives(seg: Segment): void;
  /** What came cannot be understood; nothing after it is read. `what` is a phrase. */
  streamFails(fault: CarrierFaultName, what: string): void;
}

// Filled and emptied again within one call, so one serves all carriers.
const arriving = new Segment();

export class Arrival implements FrameSink {
  readonly #reader = new FrameReader();
  readonly #sink: SegmentSink;

  constructor(sink: SegmentSink) {
    this.#sink = sink;
  }

  /** The preface has come. */
  get isSash(): boolean {
    return this.#reader.isSash;
  }

  /** The peer fills in the checksums of what it sends. */
  get hasChecksums(): boolean {
    return this.#reader.hasChecksums;
  }

  /** If the stream ended now, it would end inside the preface or inside a frame: says which, in a phrase. */
  get unfinished(): string | undefined {
    return this.#reader.unfinished;
  }

  /** Takes the first `length` octets, which came together. */
  read(octets: Uint8Array, length: number): void {
    this.#reader.read(octets, length, this);
  }

  /** Reads no more, and forgets what is kept. */
  stop(): void {
    this.#reader.stop();
  }

  /** For the reader. */
  frameArrives(octets: Uint8Array, start: number, length: number): boolean {
    if (this.#reader.hasChecksums && !isChecksumRight(CARRIER_PSEUDO, octets, start, length)) {
      arriving.clear();
      arriving.seq = NO_SEQ;
      decodeSegment(octets, start, length, arriving);
      this.#sink.damageArrives(arriving);
      return true;
    }
    const fault = decodeSegment(octets, start, length, arriving);
    if (fault === undefined) return this.#sink.segmentArrives(arriving);
    this.streamFails('malformed', `a frame of ${length} octets that holds no TCP segment (${fault})`);
    return false;
  }

  /** For the reader. */
  streamFails(fault: CarrierFaultName, what: string): void {
    this.#sink.streamFails(fault, what);
  }
}
