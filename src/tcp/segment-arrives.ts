// SEGMENT ARRIVES (RFC 9293 §3.10.7): what a segment does to a connection, the eight checks in the RFC's order.
// Left out: security (third), which does not arise.
// A check that returns false has dropped the segment; the segment is trimmed in place to "the idealized segment that
// begins at RCV.NXT and does not exceed the window".
import { challenge, owe } from './ack-policy.ts';
import { arrivesListen, arrivesSynSent } from './arrives-unsynchronized.ts';
import { checkAck } from './check-ack.ts';
import { checkSequence, checkTimestamps } from './check-sequence.ts';
import { checkFin, processText } from './process-text.ts';
import { RST, type Segment, SYN, URG } from './segment.ts';
import { seqDiff, seqLeq } from './seq.ts';
import { isSynchronized } from './state.ts';
import { type Tcb } from './tcb.ts';
import { type Instant } from './time.ts';
import { enter, fail } from './transition.ts';
import { takeUrgent } from './urgent.ts';

export function segmentArrives(tcb: Tcb, seg: Segment, now: Instant): void {
  tcb.tally.segmentsReceived++;
  if (tcb.probe !== undefined) tcb.probe.segmentArrives(tcb, seg, now);
  switch (tcb.state) {
    case 'CLOSED':
      tcb.refuse(seg, 'no-connection', now); // §3.10.7.1: the RST in answer is the endpoint's to send (src/stack)
      return;
    case 'LISTEN':
      arrivesListen(tcb, seg, now);
      return;
    case 'SYN-SENT':
      arrivesSynSent(tcb, seg, now);
      return;
    default:
      arrivesOtherwise(tcb, seg, now);
  }
}

function arrivesOtherwise(tcb: Tcb, seg: Segment, now: Instant): void {
  // Read before the sequence check may take the SYN away: the window of a SYN is never scaled (RFC 7323 §2.2).
  const wnd = seg.has(SYN) ? seg.wnd : seg.wnd << tcb.snd.windShift;
  const isBare = seg.len === 0 && seqLeq(tcb.rcv.nxt, seg.seq); // nor an old one, which is a question
  if (!checkTimestamps(tcb, seg, now)) return; // PAWS comes before the first (RFC 7323 §5.3)
  if (!checkSequence(tcb, seg, now)) return; //   first
  if (!checkRst(tcb, seg, now)) return; //        second
  //                                              third: security, does not arise
  if (!checkSyn(tcb, seg, now)) return; //        fourth
  if (!checkAck(tcb, seg, wnd, isBare, now)) return; //   fifth
  if (seg.has(URG) && tcb.mayReceive) takeUrgent(tcb, seg); // sixth
  processText(tcb, seg, now); //                  seventh
  checkFin(tcb, seg, now); //                     eighth
}

/** Second: a RST counts only exactly at RCV.NXT; elsewhere in the window it is challenged (RFC 5961 §3). */
function checkRst(tcb: Tcb, seg: Segment, now: Instant): boolean {
  if (!seg.has(RST)) return true;
  const offset = seqDiff(seg.seq, tcb.rcv.nxt);
  if (offset !== 0) {
    const isInWindow = offset > 0 && offset < tcb.rcv.wnd;
    tcb.refuse(seg, isInWindow ? 'rst-challenged' : 'rst-outside-window', now);
    if (isInWindow) challenge(tcb, now);
    return false;
  }
  switch (tcb.state) {
    case 'SYN-RECEIVED':
      // A passive open goes back to LISTEN: its listener never left it, and this connection is forgotten.
      fail(tcb, 'refused', now);
      return false;
    case 'TIME-WAIT':
      enter(tcb, 'CLOSED', now);
      return false;
    default:
      // In CLOSING and LAST-ACK, RFC 9293 closes without a word; octets not acknowledged are news all the same.
      if (tcb.isFinAcknowledged && !tcb.mayReceive) enter(tcb, 'CLOSED', now);
      else fail(tcb, 'reset', now);
      return false;
  }
}

/** Fourth: a SYN has no business here (RFC 5961 §4). */
function checkSyn(tcb: Tcb, seg: Segment, now: Instant): boolean {
  if (!seg.has(SYN)) return true;
  if (!isSynchronized(tcb.state) && tcb.opened === 'passively') {
    fail(tcb, 'refused', now); // back to LISTEN, as above
    return false;
  }
  tcb.refuse(seg, 'syn-challenged', now);
  if (seg.textLength > 0) owe(tcb, 'challenge-ack');
  else challenge(tcb, now);
  return false;
}
