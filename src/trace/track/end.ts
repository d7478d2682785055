// One end of a connection, as far as a capture shows it: RFC 9293's variables by their names, read off the segments that
// passed. What passed after the capture began and what the peer may not have got are the same here: each end is what it is
// to somebody who stands at the wire.
import { ABSENT, NO_SEQ, Periods, Ranges, type Seq, seqAdd, seqDiff, seqLeq, seqLt, seqMax } from '../../tcp/index.ts';
import { RttSampler } from './rtt.ts';

/** A shift count that is not known, because a SYN was not seen. */
export const UNKNOWN = -1;

export class TrackedEnd {
  /** Something it sent was seen: without it nothing below means anything. */
  isSeen = false;
  /** Where its sequence numbers are is known, be it from the peer alone. */
  isPlaced = false;
  /** Its SYN was seen. */
  hasSyn = false;
  /** ISS; where the SYN was not seen, one less than the first sequence number that was. */
  iss: Seq = NO_SEQ;

  // ---- as a sender ----
  /** The furthest acknowledgment of the peer that passed. */
  una: Seq = NO_SEQ;
  /** After the furthest octet sent, a probe's beyond the edge not counted; and counted. */
  nxt: Seq = NO_SEQ;
  max: Seq = NO_SEQ;
  /** An acknowledgment of the peer was seen: una and wnd mean something. */
  hasWindow = false;
  /** SND.WND as it took it, scaled (in the header's units where the scale is unknown), and where from. */
  wnd = 0;
  wl1: Seq = NO_SEQ;
  wl2: Seq = NO_SEQ;
  maxWnd = 0;
  /** The furthest right edge the peer ever promised. */
  furthestEdge: Seq = NO_SEQ;
  /** SND.WND became 0, and no new octets have left since. */
  isShut = false;
  /** Of its octets: those before `whole` have all passed here, and so have those beyond it in `islands`. */
  whole: Seq = NO_SEQ;
  readonly islands = new Ranges();
  /** Sequence numbers before `whole`, and acknowledged ones, since the beginning: they may be more than 2^32. */
  wholeCount = 0;
  acknowledgedCount = 0;
  /** Of those, such as nobody saw pass. */
  missed = 0;
  /** The same of those sent, a probe's refused octet not counted. */
  sentCount = 0;
  /** What the peer says it holds beyond una (RFC 2018). */
  readonly sacked = new Ranges();
  /** Acknowledgments of the peer that said nothing new while octets were in flight, since una moved. */
  dupAcks = 0;
  /** After its FIN. */
  finEnd: Seq | undefined = undefined;
  /** The octet at nxt that probes ask with is its FIN. */
  hasProbeFin = false;
  hasReset = false;
  /** Octets of text in its largest segment. */
  largest = 0;
  /** A recovery: something was sent again, and una has not reached what nxt was then. */
  isRecovering = false;
  /** The latest retransmission of this recovery that began at una, or NO_SEQ. */
  againAt: Seq = NO_SEQ;
  hasAgain = false;
  recoveryPoint: Seq = NO_SEQ;
  readonly rtt = new RttSampler();
  /** When its last octets left, and which was the last packet with text. */
  sentAt = -1;
  /** When una moved last. */
  progressAt = -1;
  /** When what jumped over a gap passed. */
  gapAt = -1;
  /** SND.WND was 0. */
  readonly zeroWindow = new Periods();

  // ---- as a receiver ----
  /** Its acknowledgment, the furthest: RCV.NXT as far as it said. */
  hasAck = false;
  rcvNxt: Seq = NO_SEQ;
  /** The same without what retransmissions and probes said: Last.ACK.sent (RFC 7323 §4.3), as sash's own core has it. */
  lastAck: Seq = NO_SEQ;
  /** The window it said last, in octets, and the right edge that comes of it; and the furthest. */
  rcvWnd = 0;
  edge: Seq = NO_SEQ;
  promised: Seq = NO_SEQ;
  /** It offered nothing, in segments that the peer may take a window from (RFC 9293 §3.10.7.4: SND.WL1). */
  readonly offeredZero = new Periods();

  // ---- its options ----
  /** The shift of the windows it says (Rcv.Wind.Shift): UNKNOWN unless both SYNs were seen. */
  windShift = UNKNOWN;
  /** What its SYN said: ABSENT where it said nothing. */
  offeredShift = ABSENT;
  mss = ABSENT;
  sackPermitted = false;
  offersTimestamps = false;
  synWindow = -1;
  /** TSval of its latest segment, TSecr of it; and TS.Recent as its peer has it of it (RFC 7323 §4.3). */
  tsVal = ABSENT;
  tsEcr = ABSENT;
  tsRecent = ABSENT;

  /** Sequence numbers in flight. */
  get flight(): number {
    return this.hasWindow ? Math.max(0, seqDiff(this.nxt, this.una)) : 0;
  }

  /** The right edge of what it may send: SND.UNA + SND.WND. */
  get sendEdge(): Seq {
    return seqAdd(this.una, this.wnd);
  }

  /** What a full segment of it is: the largest seen, or what the peer asked for while that is unknown. */
  segmentSize(peer: TrackedEnd): number {
    if (this.largest > 0) return this.largest;
    return peer.mss === ABSENT ? 536 : peer.mss;
  }

  /** Where its sequence numbers begin. */
  begin(at: Seq, hasSyn: boolean): void {
    this.isPlaced = true;
    this.hasSyn = hasSyn;
    this.islands.clear();
    this.sacked.clear();
    this.iss = hasSyn ? at : seqAdd(at, -1);
    this.una = at;
    this.nxt = at;
    this.max = at;
    this.whole = at;
  }

  /** Octets [start, end) pass. Says how many of them had passed before. */
  passes(start: Seq, end: Seq): number {
    const { islands } = this;
    const old = Math.min(seqDiff(end, start), Math.max(0, seqDiff(this.whole, start)));
    if (seqDiff(start, this.whole) <= 0 && islands.isEmpty) {
      this.#reach(end);
      return old;
    }
    if (seqLeq(end, this.whole)) return old;
    const from = seqMax(start, this.whole);
    let again = old;
    for (let i = 0; i < islands.count; i++) {
      const left = seqMax(from, islands.start(i));
      const right = seqDiff(end, islands.end(i)) < 0 ? end : islands.end(i);
      if (seqLt(left, right)) again += seqDiff(right, left);
    }
    if (!islands.add(from, end)) this.#fold(end);
    if (seqLeq(islands.start(0), this.whole)) this.#fold(islands.end(0));
    return again;
  }

  /** All before `at` counts as having passed. */
  #fold(at: Seq): void {
    this.#reach(at);
    const first = this.islands.indexOf(this.whole);
    if (first !== undefined) this.#reach(this.islands.end(first));
    this.islands.forget(this.whole);
  }

  #reach(at: Seq): void {
    const count = seqDiff(at, this.whole);
    if (count <= 0) return;
    this.wholeCount += count;
    this.whole = at;
  }

  /** Octets [.., end) are sent: says how many are new. */
  advance(end: Seq): number {
    const count = seqDiff(end, this.nxt);
    if (count <= 0) return 0;
    this.sentCount += count;
    this.nxt = end;
    this.max = seqMax(this.max, end);
    return count;
  }

  /** Sequence numbers that are no text: the SYN, and the FIN if it lies before `at`. */
  guests(at: Seq): number {
    const hasFin = this.finEnd !== undefined && seqLeq(this.finEnd, at);
    return (this.hasSyn ? 1 : 0) + (hasFin ? 1 : 0);
  }

  /** Octets of text sent for the first time, acknowledged, and passed in order. */
  get octetsSent(): number {
    return Math.max(0, this.sentCount - this.guests(this.nxt));
  }

  get octetsAcknowledged(): number {
    return Math.max(0, this.acknowledgedCount - this.guests(this.una));
  }

  get octetsPassed(): number {
    return Math.max(0, this.wholeCount - this.guests(this.whole));
  }

  /** The first acknowledgment seen: without the SYN, what it leaves unacknowledged was sent before the capture began. */
  firstAcknowledged(ack: Seq): void {
    this.hasWindow = true;
    if (!this.hasSyn && seqLt(ack, this.una)) this.una = ack;
  }

  /** The peer acknowledges up to `ack`: what is left of it has passed, even if not here. */
  acknowledged(ack: Seq, now: number): number {
    const count = seqDiff(ack, this.una);
    if (count <= 0) return 0;
    this.wnd = Math.max(0, this.wnd - count);
    this.una = ack;
    this.acknowledgedCount += count;
    this.missed += Math.max(0, seqDiff(ack, this.max));
    if (this.hasProbeFin && seqLt(this.nxt, ack)) this.finEnd ??= ack; // the probe's FIN was taken
    this.advance(ack);
    if (seqLt(this.whole, ack)) this.#fold(ack);
    this.sacked.forget(ack);
    this.dupAcks = 0;
    this.progressAt = now;
    if (this.isRecovering && seqLeq(this.recoveryPoint, ack)) this.isRecovering = false;
    return count;
  }
}
