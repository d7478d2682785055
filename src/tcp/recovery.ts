// What is known of a loss and of its mending. Three phases: nothing is deemed lost; fast recovery, after duplicate
// acknowledgments (RFC 6582 without SACK, RFC 6675 with it); recovery after the retransmission timer expired (RFC 6298 §5.4).
// SND.NXT never moves left: what goes again has a cursor of its own. What is done with this stands in loss-recovery.ts.
import { NO_SEQ, type Seq, seqDiff } from './seq.ts';

export type RecoveryPhase = 'none' | 'fast' | 'timeout';
/** Every phase; its place here is its number in recordings. */
export const RECOVERY_PHASES: readonly RecoveryPhase[] = ['none', 'fast', 'timeout'];

export class Recovery {
  phase: RecoveryPhase = 'none';
  /** SND.NXT when the recovery began: it ends when SND.UNA gets there. "recover" and "RecoveryPoint" in the RFCs. */
  point: Seq = NO_SEQ;
  /** SND.UNA has not passed the point of the last recovery: duplicate acknowledgments may be echoes of it. */
  isGuarded = false;
  /** HighRxt: the next sequence number to send again, if it is not SACKed. */
  cursor: Seq = NO_SEQ;
  /** What lies left of this, is not SACKed and lies right of the cursor is to go again. */
  lostEdge: Seq = NO_SEQ;
  /** The next retransmission does not ask the congestion window. */
  isForced = false;
  /** RFC 6675 §4, NextSeg (4): the rescue retransmission of this recovery has not left yet. */
  hasRescue = false;
  /** Partial acknowledgments since fast recovery began. */
  partials = 0;

  /** SND.UNA when the timer expired last: it backs ssthresh off once for a segment (RFC 5681 §3.1). */
  timedOutAt: Seq = NO_SEQ;

  /** Duplicate acknowledgments since SND.UNA moved. */
  dupAcks = 0;
  /** FlightSize before the first of them: limited transmit does not count (RFC 5681 §3.2, step 2). */
  flightBefore = 0;

  /** NewReno only: what duplicate acknowledgments add to cwnd, and partial ones take, octets (RFC 5681 §3.2, RFC 6582). */
  inflation = 0;
  /** After a timeout, without congestion control: what may be in flight again, octets. It grows as in slow start. */
  allowance = 0;

  get isActive(): boolean {
    return this.phase !== 'none';
  }

  /** Something has happened that an acknowledgment of new octets changes. */
  get isEventful(): boolean {
    return this.phase !== 'none' || this.dupAcks > 0 || this.isGuarded;
  }

  begin(phase: 'fast' | 'timeout', una: Seq, nxt: Seq): void {
    this.phase = phase;
    this.point = nxt;
    this.isGuarded = true;
    this.cursor = una;
    this.lostEdge = una;
    this.isForced = true;
    this.hasRescue = phase === 'fast';
    this.partials = 0;
    this.inflation = 0;
  }

  end(): void {
    this.phase = 'none';
    this.dupAcks = 0;
    this.inflation = 0;
    this.isForced = false;
  }

  /** Octets from `at` to the right edge, at least 0. */
  room(edge: Seq, at: Seq): number {
    return Math.max(0, seqDiff(edge, at));
  }
}
