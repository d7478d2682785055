// What was lost and goes again after the retransmission timer expires: from SND.UNA on, the earliest segment first
// (RFC 6298 §5.4), then as much more as acknowledgments let it, doubling each round trip as slow start would. A receiver
// that kept what lay beyond the gap moves SND.UNA over it, and so ends the recovery at once.
import { type Seq, seq, seqAdd, seqDiff, seqLeq, seqLt } from './seq.ts';

export class Recovery {
  /** SND.NXT when the recovery began: it ends when SND.UNA gets there. */
  point: Seq = seq(0);
  /** The next sequence number to send again. */
  cursor: Seq = seq(0);
  /** How far beyond SND.UNA may be sent again, octets. */
  allowance = 0;
  isActive = false;

  begin(una: Seq, nxt: Seq, effSndMss: number): void {
    this.isActive = true;
    this.point = nxt;
    this.cursor = una;
    this.allowance = effSndMss;
  }

  /** SND.UNA has moved to `una` over `count` sequence numbers. */
  acknowledged(una: Seq, count: number): void {
    if (!this.isActive) return;
    if (seqLeq(this.point, una)) {
      this.isActive = false;
      return;
    }
    this.allowance += count;
    if (seqLt(this.cursor, una)) this.cursor = una;
  }

  /** Octets that may be sent again now, from `cursor` on. */
  due(una: Seq): number {
    if (!this.isActive) return 0;
    const allowed = seqDiff(una, this.cursor) + this.allowance;
    return Math.max(0, Math.min(allowed, seqDiff(this.point, this.cursor)));
  }

  /** Octets from `cursor` to the right edge, at least 0. */
  room(edge: Seq): number {
    return Math.max(0, seqDiff(edge, this.cursor));
  }

  sent(length: number): void {
    this.cursor = seqAdd(this.cursor, length);
  }

  end(): void {
    this.isActive = false;
  }
}
