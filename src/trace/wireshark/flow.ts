// What Wireshark remembers of one direction of a conversation (struct tcp_flow_t, packet-tcp.h, 4.0.17), and the packet at hand
// as its conditions see it. Numbers that outgrow 31 bits begin as -0, so that the engine keeps them as floating-point numbers.
import { NO_SEQ, type Seq, seqAdd } from '../../tcp/index.ts';
import { type Budget, UnackedSegments } from './unacked-segments.ts';
import { SCALE_UNKNOWN } from './verdict.ts';

/** Wireshark takes a sequence number of 0 for none: a flow that stands at just that number is treated as not seen yet. */
export const NONE = NO_SEQ;

/** What `duplicates` becomes where an ACK of something unseen was told once: the largest number of 32 bits. */
export const NEUTRALIZED = 0xffff_ffff;

const NO_WINDOW = 0xffff_ffff;

export class Flow {
  /** Where relative sequence numbers count from, once known. */
  base: Seq = NONE;
  isBased = false;
  /** The shift of its windows, SCALE_UNKNOWN or SCALE_UNUSED. */
  shift: number = SCALE_UNKNOWN;
  /** Of its last packet: the window field, ACK field, time and flags. */
  window = NO_WINDOW;
  lastAck: Seq = NONE;
  lastAt = -0;
  lastFlags = 0;
  /** Its SYN was seen, and no ACK after it: windows are not scaled yet. */
  isBeforeFirstAck = false;
  /** The highest sequence number after which something is expected, probes left out; which packet set it, and when. */
  next: Seq = NONE;
  nextFrame = 0;
  nextAt = -0;
  /** Up to where all was seen: what the other side may acknowledge. */
  contiguous: Seq = NONE;
  /** Duplicate ACKs in a row, and the frame before the first of them. */
  duplicates = 0;
  lastNewAckFrame = 0;
  /** Nothing was missed since the other side's last ACK: bytes in flight can be told. */
  isFlightKnown = true;
  /** Octets since the last PSH, that segment included; and whether the last segment had it. */
  pushedOctets = -0;
  isPushLast = false;
  /** Octets that the SACK blocks of its last packet cover. */
  sackedOctets = -0;
  readonly unacked: UnackedSegments;

  constructor(budget: Budget) {
    this.unacked = new UnackedSegments(budget);
  }
}

/** The packet at hand. */
export class Arrival {
  seq: Seq = NONE;
  ack: Seq = NONE;
  /** Octets of text, and the sequence number after the last: SYN and FIN do not count. */
  length = 0;
  end: Seq = NONE;
  /** The window field, not scaled. */
  window = 0;
  /** Control bits. */
  control = 0;
  frame = 0;
  /** Nanoseconds. */
  at = -0;

  take(number: Seq, ack: Seq, length: number, window: number, control: number, frame: number, at: number): void {
    this.seq = number;
    this.ack = ack;
    this.length = length;
    this.end = seqAdd(number, length);
    this.window = window;
    this.control = control;
    this.frame = frame;
    this.at = at;
  }
}
