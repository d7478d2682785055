// A new SYN for a connection in TIME-WAIT (RFC 9293 §3.6.1, MAY-2): whether it is one, or an old duplicate, by the rules of
// RFC 6191 (SHLD-4), and where the new incarnation begins to count.
import {
  ABSENT,
  ACK,
  type Connection,
  RST,
  type Segment,
  type Seq,
  seq,
  seqAdd,
  seqLeq,
  seqLt,
  SYN,
} from '../tcp/index.ts';

/** How far beyond the last incarnation's sequence numbers the next one begins at the least: more than a segment. */
const DISTANCE = 65_537;

/**
 * Is this SYN younger than all that the connection `old`, in TIME-WAIT, has seen? By the timestamps of both, where they are equal or
 * missing by the sequence number. `timestamps`: the new incarnation would have them, if the SYN has.
 */
export function isYounger(old: Connection, seg: Segment, timestamps: boolean): boolean {
  if ((seg.flags & (SYN | ACK | RST)) !== SYN) return false;
  const { rcv, timestamps: hadTimestamps } = old.tcb;
  const isLater = seqLeq(rcv.nxt, seg.seq);
  if (!timestamps || seg.tsVal === ABSENT) return isLater;
  if (!hadTimestamps) return true;
  const [then, now] = [seq(rcv.tsRecent), seq(seg.tsVal)];
  return seqLt(then, now) || (then === now && isLater);
}

/** `iss`, or a later one if it is not beyond all that `old` has sent: then its segments could pass for those of the new incarnation. */
export function beyond(old: Connection, iss: Seq): Seq {
  const { max } = old.tcb.snd;
  return seqLt(max, iss) ? iss : seqAdd(max, DISTANCE);
}
