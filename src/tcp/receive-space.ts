// The receive sequence space (RFC 9293 §3.3.1 figure 4, with what the application has not read yet):
//
//              1                 2               3            4
//       ---------------|------------------|------------|----------
//                                      RCV.NXT       RCV.NXT
//                     |<--- RCV.USER ---->|           +RCV.WND
//                     |<------------- RCV.BUFF --------------->|
//
//   1  read by the application    2  received, unread    3  offered    4  not yet allowed
//
// The edge is the furthest ever promised to the peer. It never moves left, and everything up to it is taken; on the wire a
// scaled window may say up to 2^shift - 1 octets less (RFC 7323 §2.4).
import { assert } from './assert.ts';
import { NO_SEQ, type Seq, seqAdd, seqDiff, seqLeq } from './seq.ts';
import { BEGINNING, type Instant } from './time.ts';

export class ReceiveSpace {
  irs: Seq = NO_SEQ;
  nxt: Seq = NO_SEQ;
  /** The right edge promised: RCV.NXT + RCV.WND. */
  edge: Seq = NO_SEQ;
  /** Rcv.Wind.Shift: how far our own windows are shifted; 0 until both ends have offered to scale. */
  windShift = 0;
  /** The peer's FIN: the sequence number it occupies, once known. */
  finAt: Seq | undefined = undefined;
  /** SEG.ACK and SEG.ACK + the scaled SEG.WND of the last segment sent: what the peer knows if all arrived. */
  lastAck: Seq = NO_SEQ;
  lastEdge: Seq = NO_SEQ;
  /** RCV.UP: after the last octet that the peer calls urgent; means something while `isUrgent`, until that octet is read. */
  up: Seq = NO_SEQ;
  isUrgent = false;
  /** TS.Recent, and when it was taken (RFC 7323 §4.3, §5.5). */
  tsRecent = 0;
  tsRecentAt: Instant = BEGINNING;

  /** The peer's SYN has come. */
  begin(irs: Seq): void {
    this.irs = irs;
    this.nxt = seqAdd(irs, 1);
    this.edge = this.nxt;
    this.lastAck = this.nxt;
    this.lastEdge = this.nxt;
  }

  /** RCV.WND, octets. */
  get wnd(): number {
    return seqDiff(this.edge, this.nxt);
  }

  /** SEG.WND, scaled, of the last segment sent. */
  get lastOffer(): number {
    return seqDiff(this.lastEdge, this.lastAck);
  }

  /** Octets, or the FIN, have come in order. */
  advance(length: number): void {
    this.nxt = seqAdd(this.nxt, length);
  }

  /** Moves the promised edge right; it never moves left (SHLD-14). */
  promise(edge: Seq): void {
    assert(seqLeq(this.edge, edge), 'the promised edge never moves left');
    this.edge = edge;
  }
}
