// The send sequence space (RFC 9293 §3.3.1 figure 3, and the window of §3.8.6):
//
//            1         2          3          4
//       ----------|----------|----------|----------
//              SND.UNA    SND.NXT    SND.UNA
//                                   +SND.WND
//
//   1  acknowledged    2  in flight    3  usable: may be sent at once    4  not yet allowed
//
// SND.NXT never moves left: what is retransmitted has its own cursor (recovery.ts). SND.MAX is SND.NXT, or one more while
// a zero-window probe's octet is out: a guest beyond the right edge that the peer may take or refuse.
import { assert } from './assert.ts';
import { DEFAULT_SEND_MSS } from './options.ts';
import { type Segment } from './segment.ts';
import { NO_SEQ, type Seq, seqAdd, seqDiff, seqLeq, seqLt, seqMax } from './seq.ts';

export class SendSpace {
  readonly iss: Seq = NO_SEQ;
  una: Seq = NO_SEQ;
  nxt: Seq = NO_SEQ;
  max: Seq = NO_SEQ;
  /** After the last octet the application has queued, and after its FIN once it has closed. */
  queued: Seq = NO_SEQ;
  /** SND.WND, octets, scaled. */
  wnd = 0;
  wl1: Seq = NO_SEQ;
  wl2: Seq = NO_SEQ;
  /** Max(SND.WND): the widest window the peer ever offered (RFC 9293 §3.8.6.2.1). */
  maxWnd = 0;
  /** Snd.Wind.Shift: how far SEG.WND of what arrives is shifted (RFC 7323 §2.3). */
  windShift = 0;
  /** Eff.snd.MSS: octets of text a segment carries at most (RFC 9293 §3.7.1, MUST-16). */
  effSndMss = DEFAULT_SEND_MSS;
  /** SND.NXT after the last short segment (Minshall's snd.sml, RFC 9293 Appendix A.3). */
  sml: Seq = NO_SEQ;
  /** SND.UP: after the last urgent octet written; means something while `isUrgent`, until that octet is acknowledged. */
  up: Seq = NO_SEQ;
  isUrgent = false;

  constructor(iss: Seq) {
    this.iss = iss;
    this.una = iss;
    this.nxt = iss;
    this.max = iss;
    this.queued = seqAdd(iss, 1);
    this.wl1 = iss;
    this.wl2 = iss;
    this.sml = iss;
    this.up = iss;
  }

  /** The right edge of what the peer has allowed. */
  get edge(): Seq {
    return seqAdd(this.una, this.wnd);
  }

  /** U, the usable window: negative after the peer has shrunk its window. */
  get usable(): number {
    return seqDiff(this.una, this.nxt) + this.wnd;
  }

  /** Sequence numbers sent and not acknowledged, a probe's octet not counted. */
  get flight(): number {
    return seqDiff(this.nxt, this.una);
  }

  /** D: sequence numbers queued and not sent yet, the FIN's included. Means nothing before the SYN has left. */
  get unsent(): number {
    return seqDiff(this.queued, this.nxt);
  }

  /** Sends `length` more sequence numbers. */
  advance(length: number): void {
    this.nxt = seqAdd(this.nxt, length);
    this.max = seqMax(this.max, this.nxt);
  }

  /** Takes an acceptable SEG.ACK that is new, and says how many sequence numbers it acknowledges. */
  acknowledge(ack: Seq): number {
    assert(seqLt(this.una, ack) && seqLeq(ack, this.max), 'SEG.ACK is new and acceptable');
    const acknowledged = seqDiff(ack, this.una);
    this.wnd = Math.max(0, this.wnd - acknowledged); // the edge stays, until updateWindow moves it
    this.una = ack;
    this.nxt = seqMax(this.nxt, ack); // a probe's octet was taken after all
    // Left behind for 2^31 octets, these would seem to lie ahead.
    if (seqLt(this.sml, ack)) this.sml = ack;
    if (this.isUrgent && seqLeq(this.up, ack)) this.isUrgent = false;
    return acknowledged;
  }

  /**
   * Takes SND.WND from an acceptable ACK, unless an earlier segment has been overtaken by a later one
   * (RFC 9293 §3.10.7.4, fifth: SND.WL1 and SND.WL2), and says whether the window changed.
   * Called after `acknowledge`. `wnd` is SEG.WND, scaled.
   */
  updateWindow(seg: Segment, wnd: number): boolean {
    const isNewer = seqLt(this.wl1, seg.seq) || (this.wl1 === seg.seq && seqLeq(this.wl2, seg.ack));
    if (!isNewer) return false;

    const changed = this.wnd !== wnd;
    this.setWindow(seg, wnd);
    return changed;
  }

  /** Takes SND.WND without asking whether it is newer: the first window of a connection. */
  setWindow(seg: Segment, wnd: number): void {
    this.wnd = wnd;
    this.wl1 = seg.seq;
    this.wl2 = seg.ack;
    if (wnd > this.maxWnd) this.maxWnd = wnd;
  }
}
