// Would this end take what arrives? Asked only of the end at which the capture was taken, where nothing is lost any more: what
// it refuses changes nothing there. RFC 9293 §3.10.7.4, first and fifth, and what RFC 5961 and RFC 7323 §5 put before them.
import { ABSENT, ACK, RST, seq, seqDiff, seqLt, type Segment, SYN } from '../../tcp/index.ts';
import { type TrackedEnd } from './end.ts';
import { type Observation } from './passing.ts';

/** Whether the acknowledgment and the window of `seg`, which arrives at `end` from `peer`, count. */
export function takesAck(end: TrackedEnd, peer: TrackedEnd, seg: Segment, length: number): boolean {
  if ((seg.flags & ACK) === 0 || (seg.flags & RST) !== 0) return false;
  if ((seg.flags & SYN) !== 0) return !end.hasAck && seg.ack === end.nxt;
  if (end.hasSyn && !peer.hasSyn) return false; // SYN-SENT
  if (end.offersTimestamps && peer.offersTimestamps && isOutdated(peer, seg)) return false;
  if (end.hasAck && isBeyond(end, peer, seg, length)) return false;
  const ahead = seqDiff(seg.ack, end.una);
  return ahead <= seqDiff(end.max, end.una) && ahead >= -end.maxWnd;
}

/** It lies beyond the window (§3.10.7.4, first); an empty one exactly at the right edge does not (Appendix A.2). */
function isBeyond(end: TrackedEnd, peer: TrackedEnd, seg: Segment, length: number): boolean {
  const offset = seqDiff(seg.seq, peer.whole);
  const room = seqDiff(end.promised, peer.whole);
  return offset > room || (offset === room && room > 0 && length > 0);
}

/** PAWS (RFC 7323 §5.3, R1). */
function isOutdated(peer: TrackedEnd, seg: Segment): boolean {
  if (seg.tsVal === ABSENT) return true;
  return peer.tsRecent !== ABSENT && seqLt(seq(seg.tsVal), seq(peer.tsRecent));
}

/**
 * RFC 7323 §4.3: what will be echoed is the timestamp of a segment that begins at or before the last acknowledgment sent, and
 * is not wholly old. `what` says what passed already.
 */
export function notesTimestamp(end: TrackedEnd, peer: TrackedEnd, seg: Segment, what: Observation): boolean {
  if (seg.tsVal === ABSENT || (seg.flags & RST) !== 0) return false;
  if (!end.hasAck) return true;
  if (peer.tsRecent !== ABSENT && seqLt(seq(seg.tsVal), seq(peer.tsRecent))) return false;
  const isOld =
    what.length === 0
      ? seqLt(seg.seq, peer.whole)
      : what.seenBefore >= what.length && seqDiff(what.end, peer.whole) <= 0;
  return !isOld && seqDiff(seg.seq, end.lastAck) <= 0;
}
