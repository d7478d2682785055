// Urgent data (RFC 9293 §3.8.5, as RFC 6093 understands it): not a second stream, but a place in the one there is, up to which
// the peer's application is asked to hurry. The pointer stands after the last urgent octet (MUST-62); the octets stay in line.
// While the window is shut the pointer goes ahead of them, in empty segments and in probes.
import { owe } from './ack-policy.ts';
import { type Segment, URG } from './segment.ts';
import { type Seq, seqAdd, seqDiff, seqLt } from './seq.ts';
import { isSynchronized } from './state.ts';
import { type Tcb } from './tcb.ts';

/** How far a header's urgent pointer reaches: 16 bits. */
const FURTHEST = 0xffff;

/** SEND with the URGENT flag (§3.10.2): all that was written up to now is urgent, and the peer is told at once. */
export function urge(tcb: Tcb): void {
  tcb.snd.up = tcb.snd.queued;
  tcb.snd.isUrgent = true;
  if (isSynchronized(tcb.state)) owe(tcb, 'urgent'); // unless text that leaves at the next poll says it
}

/**
 * Puts URG and the pointer on a segment that begins before SND.UP. Urgent data may be of any length (MUST-31): where the
 * pointer cannot reach its end, it reaches as far as it can, and advances with what follows.
 */
export function markUrgent(tcb: Tcb, out: Segment): void {
  const ahead = seqDiff(tcb.snd.up, out.seq);
  if (ahead <= 0) return;
  out.flags |= URG;
  out.up = Math.min(ahead, FURTHEST);
}

/**
 * Sixth: RCV.UP <- max(RCV.UP, SEG.UP). An old segment does not move it back, and what the application has read is past. What
 * lies beyond the peer's FIN is not there. Each advance is told (MUST-32); §3.10.7.4 would tell only the first.
 */
export function takeUrgent(tcb: Tcb, seg: Segment): void {
  const { rcv } = tcb;
  const from = unread(tcb);
  let ahead = seqDiff(seqAdd(seg.seq, seg.up), from);
  if (rcv.finAt !== undefined) ahead = Math.min(ahead, seqDiff(rcv.finAt, from));
  // Distances from what is unread, and not places, are compared: old segments may lie 2^31 away from RCV.UP.
  if (ahead <= urgentOctets(tcb)) return;
  rcv.up = seqAdd(from, ahead);
  rcv.isUrgent = true;
  tcb.events.add('urgent');
}

/** Octets from the first unread one up to RCV.UP, whether they have come or not; 0 in the normal mode (MUST-33). */
export function urgentOctets(tcb: Tcb): number {
  return tcb.rcv.isUrgent ? seqDiff(tcb.rcv.up, unread(tcb)) : 0;
}

/** Octets were read, or the stream turned out to end before RCV.UP: is the urgent mode over? */
export function leaveUrgentMode(tcb: Tcb): void {
  const { rcv } = tcb;
  if (rcv.finAt !== undefined && seqLt(rcv.finAt, rcv.up)) rcv.up = rcv.finAt;
  if (urgentOctets(tcb) > 0) return;
  rcv.isUrgent = false;
  tcb.events.drop('urgent');
}

/** The sequence number of the first octet that the application has not read. */
function unread(tcb: Tcb): Seq {
  const { finAt, nxt } = tcb.rcv;
  const fin = finAt !== undefined && seqLt(finAt, nxt) ? 1 : 0;
  return seqAdd(nxt, -fin - tcb.receiveBuffer.length);
}
