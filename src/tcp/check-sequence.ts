// First, check sequence number (RFC 9293 §3.10.7.4, table 6), and trim what arrived to the window; and PAWS, which comes
// before it (RFC 7323 §5). Beyond table 6, as RFC 9293 Appendix A.2 asks to consider:
//   - an empty segment exactly at the right edge is acceptable;
//   - a segment wholly left of RCV.NXT, and text at RCV.NXT while the window is zero, lose their text and are answered,
//     but their ACK and their window count.
// Without these, two ends at zero window whose probes cross would answer each other for ever.
import { challenge, owe } from './ack-policy.ts';
import { ABSENT, FIN, RST, type Segment, SYN } from './segment.ts';
import { seq, seqAdd, seqDiff, seqLeq, seqLt } from './seq.ts';
import { isSynchronized } from './state.ts';
import { type Tcb } from './tcb.ts';
import { HOUR, type Instant } from './time.ts';
import { TIME_WAIT } from './timers.ts';

/** TS.Recent is trusted for 24 days: after them the peer's clock may have come round (RFC 7323 §5.5). */
const TS_RECENT_LIFE = 24 * 24 * HOUR;

/** False when the segment is dropped. */
export function checkSequence(tcb: Tcb, seg: Segment, now: Instant): boolean {
  if (seg.has(RST)) return true; // has rules of its own (RFC 5961 §3)
  if (seg.has(SYN) && isSynchronized(tcb.state)) return true; // challenged wherever it lies (RFC 5961 §4)

  const { nxt, wnd } = tcb.rcv;
  const offset = seqDiff(seg.seq, nxt);
  if (offset > wnd || (offset === wnd && wnd > 0 && seg.len > 0)) {
    tcb.refuse(seg, 'beyond-window', now);
    reply(tcb, seg, now);
    return false;
  }
  const isFirst = seqLeq(seg.seq, tcb.rcv.lastAck);
  if (offset < 0) {
    if (-offset >= seg.len) {
      old(tcb, seg, -offset, now);
      return true;
    }
    if (tcb.sack) tcb.sackReport.cameTwice(seg.seq, nxt);
    trimLeft(seg, -offset);
  }
  // Only a policy that offers more than the buffer holds leaves less room than was promised.
  const room = Math.min(wnd, tcb.receiveRoom) - seqDiff(seg.seq, nxt);
  if (seg.len > room) trimRight(tcb, seg, room, now);
  if (tcb.timestamps && isFirst) noteTimestamp(tcb, seg, now);
  return true;
}

/**
 * RFC 7323 §4.3 and §5.3, R3: only from a segment in the window, or anyone could set TS.Recent ahead and so shut the peer
 * out; and only from one that begins at or before Last.ACK.sent, or a later one could hide an earlier.
 */
function noteTimestamp(tcb: Tcb, seg: Segment, now: Instant): void {
  tcb.rcv.tsRecent = seg.tsVal;
  tcb.rcv.tsRecentAt = now;
}

/** Wholly left of RCV.NXT: only its ACK and its window are left of it. SEG.SEQ stays, for SND.WL1 to compare. */
function old(tcb: Tcb, seg: Segment, excess: number, now: Instant): void {
  if (excess === 1 && tcb.rcv.wnd === 0) tcb.tally.probesReceived++;
  // §3.10.7.4, fifth, TIME-WAIT: a FIN that comes again is acknowledged, and the wait begins again.
  if (seg.has(FIN) && tcb.state === 'TIME-WAIT') tcb.startTimer(TIME_WAIT, now + 2 * tcb.options.msl, now);
  if (tcb.sack) tcb.sackReport.cameTwice(seg.seq, seqAdd(seg.seq, seg.textLength));
  tcb.refuse(seg, 'old', now);
  reply(tcb, seg, now);
  seg.flags &= ~(SYN | FIN);
  seg.textLength = 0;
}

/** Cuts `excess` sequence numbers off the left: the SYN, which comes before the text, first. */
function trimLeft(seg: Segment, excess: number): void {
  const octets = excess - ((seg.flags & SYN) >> 1);
  seg.seq = seqAdd(seg.seq, excess);
  seg.up -= excess; // what it points to stays where it is; what lies left of here is past
  seg.flags &= ~SYN;
  seg.textStart += octets;
  seg.textLength -= octets;
}

/** Cuts off what lies beyond the right edge, and says where the edge is. */
function trimRight(tcb: Tcb, seg: Segment, room: number, now: Instant): void {
  const isClosed = tcb.rcv.wnd === 0;
  if (isClosed && seg.len === 1) tcb.tally.probesReceived++;
  const isPromised = seqDiff(seg.end, tcb.rcv.edge) <= 0;
  tcb.refuse(seg, isClosed ? 'zero-window' : isPromised ? 'no-room' : 'beyond-window', now);
  owe(tcb, 'ack');
  seg.flags &= ~FIN;
  seg.textLength = Math.max(0, Math.min(seg.textLength, room));
}

/** An acknowledgment in answer to what was refused: limited for empty segments, never for text or FIN. */
function reply(tcb: Tcb, seg: Segment, now: Instant): void {
  if (seg.len > 0) owe(tcb, 'ack');
  else challenge(tcb, now);
}

/** PAWS (RFC 7323 §5.3, R1): an old duplicate carries an old timestamp. RST is exempt (§5.2). */
export function checkTimestamps(tcb: Tcb, seg: Segment, now: Instant): boolean {
  if (!tcb.timestamps || seg.has(RST)) return true;
  const { rcv } = tcb;
  if (seg.tsVal === ABSENT) {
    tcb.refuse(seg, 'paws', now); // §3.2: once agreed on, a segment without them is dropped in silence
    return false;
  }
  if (seqLt(seq(seg.tsVal), seq(rcv.tsRecent)) && now - rcv.tsRecentAt < TS_RECENT_LIFE) {
    tcb.refuse(seg, 'paws', now);
    reply(tcb, seg, now);
    return false;
  }
  return true;
}
